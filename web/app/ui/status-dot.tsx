/** Dots that show the presence of users. */

import type { Status } from "../core/types";
import { figure, t } from "../core/words";

/** Filled for active users, a ring for away, half filled for busy, small for a free seat. Words beside it say the same. */
export const StatusDot = ({ status }: { status: Status | "free" }) => (
  <span class={`status-dot ${status}`} aria-hidden="true"></span>
);

/** The number of people who are present, where there is room for a figure only. */
export const PresenceCount = ({ number }: { number: number }) =>
  number > 0 ? (
    <span class="presence-count">
      <StatusDot status="active" />
      <span aria-hidden="true">{figure(number)}</span>
      <span class="hidden">{t("ui.present", { count: number })}</span>
    </span>
  ) : null;
