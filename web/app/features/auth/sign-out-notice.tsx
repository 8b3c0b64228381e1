// @ts-nocheck
/** The notice of a sign-out that the server has not heard of. */

import { isWaiting } from "../../core/sign-outs";

export const SigningOut = () => (
  <div role="status" class="news-place">
    {isWaiting.value && (
      <div class="news">
        <p>You are signed out in this browser. The sign-in ends on the server when you are online.</p>
      </div>
    )}
  </div>
);
