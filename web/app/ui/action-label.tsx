/** Labels of actions in lists. */

/** A label that is short for the eye and whole for a screen reader: "Disable" and "Disable Ada Okafor". */
export const ActionLabel = ({ short, full }: { short: string; full: string }) => (
  <>
    <span aria-hidden="true">{short}</span>
    <span class="hidden">{full}</span>
  </>
);
