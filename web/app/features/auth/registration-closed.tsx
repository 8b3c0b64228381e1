/** Notice in place of the form to create an account, if registration is closed or needs an invitation. */

import { t } from "../../core/words";
import { registration } from "../../ui/form-rules";

export const RegistrationClosed = () => (
  <p class="form-status">{t(registration === "closed" ? "auth.registrationClosed" : "auth.registrationInvited")}</p>
);
