// @ts-nocheck
/** Words in place of the form for a new account, if the server takes no registrations, or only with an invitation. */

import { registration } from "../../ui/form-rules";

const ASK = "Ask the person who runs this server, at a school mostly a teacher or the administrator";

export const NoSignUp = () => (
  <p class="said">
    {registration === "closed"
      ? `You cannot make an account here by yourself. ${ASK}.`
      : `You need an invitation to make an account here. ${ASK}, for a link.`}
  </p>
);
