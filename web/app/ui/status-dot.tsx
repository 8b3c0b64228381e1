/** Dots that show the presence of users. */

import type { Status } from "../core/types";
import { figure, t } from "../core/words";

const MAX_DOTS = 6;

/** Filled for active users, a ring for away, half filled for busy, small for a free seat. Words beside it say the same. */
export const StatusDot = ({ status }: { status: Status | "free" }) => (
  <span class={`status-dot ${status}`} aria-hidden="true"></span>
);

interface StatusDotsProps {
  people?: readonly { readonly status?: Status | null }[];
  /** Number of people; those beyond `people` count as active. */
  number?: number;
  most?: number;
}

/** A row of dots, one for each person who is present. */
export function StatusDots({ people = [], number = people.length, most = MAX_DOTS }: StatusDotsProps) {
  const shown = Math.min(number, most);
  if (!shown) return null;
  return (
    <span class="status-dots" aria-hidden="true">
      {Array.from({ length: shown }, (_, index) => (
        <StatusDot key={index} status={people[index]?.status ?? "active"} />
      ))}
    </span>
  );
}

/** The number of people who are present, where there is room for a figure only. */
export const PresenceCount = ({ number }: { number: number }) =>
  number > 0 ? (
    <span class="presence-count">
      <StatusDot status="active" />
      <span aria-hidden="true">{figure(number)}</span>
      <span class="hidden">{t("ui.present", { count: number })}</span>
    </span>
  ) : null;
