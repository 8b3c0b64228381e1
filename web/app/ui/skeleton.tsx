// @ts-nocheck
/** Placeholders of content that is loading. */

/** Stands in while something loads, as tall as what comes. */
export const Skeleton = ({ rows = 3, kind = "row" }) => (
  <div class="skeleton" aria-busy="true">
    <span class="hidden">Loading</span>
    {Array.from({ length: rows }, () => (
      <div class={`bone ${kind}`}></div>
    ))}
  </div>
);
