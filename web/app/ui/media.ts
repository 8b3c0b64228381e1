/** Media queries as state of components. */

import { useEffect, useState } from "preact/hooks";

/** Windows that have a place for the sidebar. layout.css has the same width. */
export const WIDE = "(min-width: 56.01em)";

/** Windows that have a place beside a conversation. room.css has the same width. */
export const WITH_SIDE = "(min-width: 75.01em)";

/** True while a media query matches. */
export function useMedia(query: string): boolean {
  const [isMatch, setMatch] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = () => setMatch(list.matches);
    list.addEventListener("change", update);
    update();
    return () => list.removeEventListener("change", update);
  }, [query]);
  return isMatch;
}
