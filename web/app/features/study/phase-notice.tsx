/** Notice that a phase of the current room's timer began or ended, on views that do not show the room. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../core/words";
import { Icon } from "../../ui/icon";
import { nameOf } from "../rooms/my-rooms";
import { phaseNotice } from "./live-timer";

/** Milliseconds for which the notice is shown. */
const SHOWN_FOR = 12_000;

export function PhaseNotice(): JSX.Element | null {
  const notice = phaseNotice.value;
  const dismiss = () => {
    phaseNotice.value = null;
  };
  useEffect(() => {
    const timer = setTimeout(dismiss, SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [notice]);
  if (!notice) return null;
  return (
    <div class="notice">
      <p>
        {notice.text}{" "}
        {notice.roomId && (
          <a href={`/rooms/${notice.roomId}`}>
            <bdi>{nameOf(notice.roomId)}</bdi>
          </a>
        )}
      </p>
      <button type="button" class="icon-button" aria-label={t("ui.dismiss")} title={t("ui.dismiss")} onClick={dismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}
