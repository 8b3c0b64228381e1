// @ts-nocheck
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { rooms as api, endedHere } from "../../core/api";
import { isRetryable, on } from "../../core/connection";

const CHANGES = ["role-changed", "room-handed-over", "room-deleted"];

/** A room with its details, loaded anew when my role in it or my membership changes: signals `room` and `problem`, and `load()`. */
export function useMyRoom(id) {
  const room = useSignal(null);
  const problem = useSignal(null);
  const latest = useRef(0);
  const load = async () => {
    const turn = ++latest.current;
    const [found, refused] = await api.details(id).then(
      (found) => [found, null],
      (refused) => [null, refused],
    );
    if (turn !== latest.current) return; // asked again meanwhile
    if (found || !isRetryable(refused)) room.value = found; // what is not mine to see any more goes
    problem.value = refused;
  };
  useEffect(() => {
    load();
    // what this page left or deleted itself is left by a way of its own
    const changed = (roomId) => roomId === id && !endedHere.has(id) && load();
    const stops = [
      on("notification", ({ type, roomId }) => CHANGES.includes(type) && changed(roomId)),
      on("removed-from-room", ({ roomId }) => changed(roomId)),
      on("listening", () => changed(id)), // something may have been missed before
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [id]);
  return { room, problem, load };
}
