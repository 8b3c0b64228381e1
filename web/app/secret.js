/** The secret behind the `#` of an address, which the address bar and the history keep no longer than it takes to read it. */

const held = new Map();

/** The secret of the view at this path; "" if there is none. */
export function secretOf(path) {
  if (location.hash) {
    held.set(path, location.hash.slice(1));
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return held.get(path) ?? "";
}
