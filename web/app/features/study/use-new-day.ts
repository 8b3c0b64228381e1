import { useEffect, useRef } from "preact/hooks";
import { studyToday } from "./study-days";

/** Call `load` when the user's next day of study begins. */
export function useNewDay(load: () => unknown): void {
  const today = studyToday();
  const loadedOn = useRef(today);
  useEffect(() => {
    if (loadedOn.current !== today) load();
    loadedOn.current = today;
  }, [today]);
}
