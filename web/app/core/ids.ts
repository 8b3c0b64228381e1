// @ts-nocheck
/** A random id. `crypto.randomUUID` is missing where the page is not on https or localhost, as in a school's network. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
