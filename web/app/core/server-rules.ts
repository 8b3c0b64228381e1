/** Rules of this server that index.html has as attributes: a first visit needs no request for them. */

/** Registration of accounts: "invited" needs an invitation. */
export type Registration = "open" | "invited" | "closed";

export let registration: Registration = "open";
/** True if the server sends email. */
export let sendsMail = true;
/** True if emails are verified, for which the server needs mail. */
export let verifies = false;
/** True if rooms are only for users with a verified email. */
export let verifiedOnly = false;
/** Domains of the emails that may register; empty for all. */
export let allowedDomains: readonly string[] = [];

const isRegistration = (value: string | undefined): value is Registration =>
  value === "open" || value === "invited" || value === "closed";

/** Read the rules. */
export function startServerRules(): void {
  const { registration: value, mail, verified, domains } = document.documentElement.dataset;
  if (isRegistration(value)) registration = value;
  sendsMail = mail !== "off";
  verifies = mail === "on";
  verifiedOnly = verified === "required";
  allowedDomains = domains ? domains.split(" ") : [];
}
