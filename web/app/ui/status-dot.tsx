// @ts-nocheck
/** Dots that show the status of users. */

/** Lit where somebody is active, a ring where away, half where busy. The words beside it say the same. */
export const StatusDot = ({ status }) => <span class={`lamp ${status}`} aria-hidden="true"></span>;

/** A row of lamps, one for each who is in. */
export function StatusDots({ people = [], number = people.length, most = 6 }) {
  const shown = Math.min(number, most);
  if (!shown) return null;
  return (
    <span class="lamps" aria-hidden="true">
      {Array.from({ length: shown }, (_, at) => (
        <StatusDot status={people[at]?.status ?? "active"} />
      ))}
    </span>
  );
}
