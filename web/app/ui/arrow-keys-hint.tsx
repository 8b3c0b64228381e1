/** Hint for lists that are one stop of the Tab key (roving-focus.ts), shown while the keyboard is in them. */

import { t } from "../core/words";

export const ArrowKeysHint = () => <p class="arrow-keys hint">{t("ui.arrowKeys")}</p>;
