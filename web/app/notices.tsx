/** Notices on every view that a first visit does without. */

import { route } from "./core/router";
import { user } from "./core/session";
import { Announcements } from "./features/admin/announcements";
import { VerifyEmailNotice } from "./features/auth/verify-email";
import { verifiedOnly } from "./ui/form-rules";

export const Notices = () => (
  <>
    {verifiedOnly && !user.value?.verifiedAt && route.value.name !== "verify" && <VerifyEmailNotice />}
    <Announcements />
  </>
);
