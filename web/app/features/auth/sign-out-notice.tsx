/** Notice of a sign-out that did not reach the server yet. */

import { isSignOutPending } from "../../core/sign-outs";
import { t } from "../../core/words";

export const SignOutNotice = () => (
  <div role="status" class="notice-place">
    {isSignOutPending.value && (
      <div class="notice">
        <p>{t("auth.signOutWaits")}</p>
      </div>
    )}
  </div>
);
