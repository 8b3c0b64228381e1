/** Link to the moderation of a room, with the number of its open reports. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reports } from "../../core/api";
import { on } from "../../core/connection";
import { trailingThrottle } from "../../core/throttle";
import { t } from "../../core/words";
import { Badge } from "../../ui/badge";
import { onReport } from "./report-events";

const INTERVAL = 2_000;

/** The link "Moderation" of the room with this id. */
export function ReportBadge({ id }: { id: string }) {
  const open = useSignal(0);
  useEffect(() => {
    let latest = 0;
    const load = async () => {
      const turn = ++latest;
      const number = await reports.countOpen(id).catch(() => null);
      if (turn === latest && number !== null) open.value = number; // else a later request answers, or none could
    };
    const again = trailingThrottle(load, INTERVAL);
    const stops = [again.stop, on("connect", load), onReport(again, id)];
    addEventListener("focus", load); // other moderators resolve reports, too
    void load();
    return () => {
      for (const stop of stops) stop();
      removeEventListener("focus", load);
    };
  }, [id]);
  return (
    <a href={`/rooms/${id}/moderation`}>
      {t("moderation.title")} <Badge number={open.value} label={t("moderation.openReports", { count: open.value })} />
    </a>
  );
}
