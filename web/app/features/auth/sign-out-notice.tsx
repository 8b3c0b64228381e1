/** Notice of a sign-out that did not reach the server yet. */

import { isWaiting } from "../../core/sign-outs";
import { t } from "../../core/words";

export const SignOutNotice = () => (
  <div role="status" class="news-place">
    {isWaiting.value && (
      <div class="news">
        <p>{t("auth.signOutWaits")}</p>
      </div>
    )}
  </div>
);
