/** Notice of an exception that no part of the page handled. */

import { dismissFailure, hasFailed } from "../core/failures";
import { t } from "../core/words";
import { ReloadButton } from "./reload-button";

export function FailureNotice() {
  if (!hasFailed.value) return null;
  return (
    <div class="notice" role="alert">
      <p>{t("error.page_failed")}</p>
      <ReloadButton />
      <button type="button" class="button quiet" onClick={dismissFailure}>
        {t("ui.dismiss")}
      </button>
    </div>
  );
}
