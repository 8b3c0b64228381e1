/** A bar beside its number in a table, which a screen reader reads instead. */

interface ProgressBarProps {
  value: number;
  /** Value of a full bar. */
  most: number;
  /** Value at which a line is drawn; none without it. */
  goal?: number;
}

export function ProgressBar({ value, most, goal }: ProgressBarProps) {
  const share = (part: number) => (most > 0 ? Math.min(100, (part / most) * 100) : 0);
  return (
    <svg class="study-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="100" height="10" />
      <rect class={goal !== undefined && value >= goal ? "reached" : "some"} width={share(value)} height="10" />
      {goal !== undefined && share(goal) < 100 && <path d={`M${share(goal)} 0v10`} />}
    </svg>
  );
}
