/** Mark of a name that can be taken for another member's. */

import { t } from "../core/words";

export const SimilarName = () => (
  <span class="similar-name" title={t("ui.similarNameTitle")}>
    {t("ui.similarName")}
  </span>
);
