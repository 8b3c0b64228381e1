/** Settings of the user's own membership of a room, which the room's study side offers. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { rooms as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import type { RoomSession } from "../room/room-session";

interface MembershipSwitchProps {
  room: RoomSession;
  /** Whether time is counted by itself while the room's timer runs; whether the others in the room see it. */
  setting: "followTimer" | "showOnLeaderboard";
  /** Called when a change is stored. */
  onChange?(): void;
}

export function MembershipSwitch({ room, setting, onChange }: MembershipSwitchProps): JSX.Element {
  const problem = useSignal<ApiError | null>(null);
  const value = setting === "followTimer" ? room.followsTimer : room.showsTime;
  const change = async (next: boolean) => {
    value.value = next; // shown at once, and back if that fails
    problem.value = null;
    try {
      await api.changeMembership(room.id, { [setting]: next });
      onChange?.();
    } catch (failed) {
      value.value = !next;
      problem.value = toApiError(failed);
    }
  };
  return (
    <>
      <label class="tick">
        <input type="checkbox" checked={value.value} onChange={({ currentTarget }) => void change(currentTarget.checked)} />
        <span>{setting === "followTimer" ? t("focus.follow") : t("focus.show")}</span>
      </label>
      <ErrorMessage problem={problem.value} />
    </>
  );
}
