// @ts-nocheck
/** The way to what was reported in a room, with how many reports wait there. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reports } from "../../core/api";
import { on } from "../../core/connection";
import { paced } from "../../core/throttle";
import { Badge } from "../../ui/badge";

const PAUSE = 2_000;

export function Keeping({ id }) {
  const open = useSignal(0);
  useEffect(() => {
    let latest = 0;
    const load = async () => {
      const turn = ++latest;
      const number = await reports.open(id).catch(() => null);
      if (turn === latest && number !== null) open.value = number; // else it was asked again meanwhile, or not told
    };
    const again = paced(load, PAUSE);
    const stops = [
      again.stop,
      on("connect", load),
      on("notification", ({ type, roomId }) => type.endsWith("-reported") && roomId === id && again()),
    ];
    addEventListener("focus", load); // others settle them, too
    load();
    return () => {
      for (const stop of stops) stop();
      removeEventListener("focus", load);
    };
  }, [id]);
  return (
    <a href={`/rooms/${id}/moderation`}>
      Moderation <Badge number={open.value} of="open report" />
    </a>
  );
}
