import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { rooms as api, endedHere } from "../../core/api";
import { isRetryable, on } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import type { Notification, RoomDetails } from "../../core/types";

const CHANGES: readonly Notification["type"][] = ["role-changed", "room-handed-over", "room-deleted"];

interface MyRoom {
  room: Signal<RoomDetails | null>;
  problem: Signal<ApiError | null>;
  load(): Promise<void>;
}

/** A room with its details, loaded anew when the user's role in it or membership changes. */
export function useMyRoom(id: string): MyRoom {
  const room = useSignal<RoomDetails | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const latest = useRef(0);
  const load = async () => {
    const turn = ++latest.current;
    try {
      const found = await api.details(id);
      if (turn !== latest.current) return; // a later request is under way
      room.value = found;
      problem.value = null;
    } catch (error) {
      if (turn !== latest.current) return;
      const failed = toApiError(error);
      if (!isRetryable(failed)) room.value = null; // no longer visible to the user
      problem.value = failed;
    }
  };
  useEffect(() => {
    void load();
    // a room that this page left or deleted itself is followed by another view
    const changed = (roomId: string) => {
      if (roomId === id && !endedHere.has(id)) void load();
    };
    const stops = [
      on("notification", ({ type, roomId }) => CHANGES.includes(type) && changed(roomId)),
      on("removed-from-room", ({ roomId }) => changed(roomId)),
      on("listening", () => changed(id)), // events before it may have been missed
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [id]);
  return { room, problem, load };
}
