// @ts-nocheck
/** Hint for lists that are one stop of the Tab key. */

/** The way through a list that is one stop of the Tab key (roving-focus.ts): shown while the keyboard is in it. */
export const ArrowKeysHint = () => <p class="arrow-keys hint">Use the arrow keys</p>;
