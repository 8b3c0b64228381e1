// @ts-nocheck
/** The mark of a name that can be taken for another member's. */

/** For a name that can be taken for that of another member. */
export const SimilarName = () => (
  <span class="similar-name" title="Another member has a name that looks like this one.">
    Similar name
  </span>
);
