/** Announcements by admins, on every view until they expire or are dismissed in this browser. */

import { signal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { on } from "../../core/connection";
import { read, write } from "../../core/local-store";
import { user } from "../../core/session";
import { MAX_TIMER } from "../../core/timeout";
import type { Announcement } from "../../core/types";
import { t } from "../../core/words";
import { Words } from "../../ui/words";
import { admin as api } from "./api";

const MAX_DISMISSED = 20;

const current = signal<readonly Announcement[]>([]);
const dismissed = signal<readonly string[]>([]);

const without = (id: string) => current.peek().filter((announcement) => announcement.id !== id);
const drop = (id: string) => void (current.value = without(id));
const add = (announcement: Announcement) => void (current.value = [...without(announcement.id), announcement]);

/**
 * Load the announcements and follow their events until `stop()`. Events that arrive while the list is on its way are applied
 * to it again, because it may be older than they are.
 */
function follow(): () => void {
  let events: (() => void)[] = [];
  const received = (change: () => void) => {
    events.push(change);
    change();
  };
  const load = async () => {
    const since: (() => void)[] = (events = []);
    const found: Announcement[] | null = await api.announcements().catch(() => null);
    if (!found || since !== events) return;
    current.value = found;
    for (const change of since) change();
  };
  const stops = [
    on("announcement", (announcement) => received(() => add(announcement))),
    on("announcement-ended", ({ id }) => received(() => drop(id))),
    on("listening", load), // before this some may have been missed
  ];
  void load();
  return () => {
    for (const stop of stops) stop();
    events = [];
    current.value = [];
  };
}

function stored(): readonly string[] {
  const value = read("dismissed");
  return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
}

function dismiss(id: string): void {
  dismissed.value = [...dismissed.peek(), id].slice(-MAX_DISMISSED);
  write("dismissed", dismissed.peek());
}

/** The announcements that are not dismissed. */
export function Announcements() {
  useEffect(() => {
    dismissed.value = stored();
    return follow();
  }, [user.value?.id]);
  useSignalEffect(() => {
    const timers = current.value.map(({ id, endsAt }) => {
      const left = Date.parse(endsAt) - Date.now();
      return setTimeout(() => drop(id), Math.min(MAX_TIMER, Math.max(0, left)));
    });
    return () => timers.forEach(clearTimeout);
  });
  const shown = current.value.filter(({ id }) => !dismissed.value.includes(id));
  return (
    <div role="status" class="notice-place">
      {shown.map(({ id, content }) => (
        <div class="notice" key={id}>
          <p class="words" dir="auto">
            <Words of="layout.announcement" b={(words) => <b>{words}</b>} text={content} />
          </p>
          <button type="button" class="button quiet" onClick={() => dismiss(id)}>
            {t("ui.dismiss")}
          </button>
        </div>
      ))}
    </div>
  );
}
