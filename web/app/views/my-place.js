import { useEffect } from "preact/hooks";
import { on } from "../connection.js";

const CHANGES = ["role-changed", "room-handed-over", "room-deleted"];

/** Call `load()` when my place in a room has changed: my role there, or whether I am a member of it. */
export function useMyPlace(id, load) {
  useEffect(() => {
    const stops = [
      on("notification", ({ type, roomId }) => roomId === id && CHANGES.includes(type) && load()),
      on("removed-from-room", ({ roomId }) => roomId === id && load()),
    ];
    return () => stops.forEach((stop) => stop());
  }, [id]);
}
