/** Numbers on links and buttons. */

import { figure, t } from "../core/words";

const MAX_SHOWN = 99;

interface BadgeProps {
  /** Nothing is shown for 0. */
  number: number | undefined;
  /** Number with its unit: "3 open reports". */
  label: string;
}

export const Badge = ({ number = 0, label }: BadgeProps) =>
  number > 0 ? (
    <span class="badge">
      <span aria-hidden="true">{number > MAX_SHOWN ? t("ui.moreThan", { number: MAX_SHOWN }) : figure(number)}</span>
      <span class="hidden">{label}</span>
    </span>
  ) : null;

export const UnreadBadge = ({ number = 0 }: { number: number | undefined }) => (
  <Badge number={number} label={t("ui.unread", { count: number })} />
);
