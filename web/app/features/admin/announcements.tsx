// @ts-nocheck
/** Announcements by admins, on every view until they end or are dismissed in this browser. */

import { signal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../../core/api";
import { on } from "../../core/connection";
import { read, write } from "../../core/local-store";
import { user } from "../../core/session";

const LONGEST_WAIT = 2 ** 31 - 1;
const KEPT = 20;

const running = signal([]);
const dismissed = signal(read("dismissed") ?? []);

const drop = (id) => (running.value = running.peek().filter((one) => one.id !== id));
const add = (notice) => (running.value = [...running.peek().filter((one) => one.id !== notice.id), notice]);

/** Events that arrived while the list was on its way, which may be from before them. */
let meanwhile = [];
const hear = (change) => (event) => {
  meanwhile.push(() => change(event));
  change(event);
};

on("announcement", hear(add));
on(
  "announcement-ended",
  hear(({ id }) => drop(id)),
);
on("listening", load); // before this some may have been missed

async function load() {
  const heard = (meanwhile = []);
  const found = await ask("/api/announcements").catch(() => null);
  if (!found || heard !== meanwhile) return;
  running.value = found;
  heard.forEach((change) => change());
}

function dismiss(id) {
  dismissed.value = [...dismissed.peek(), id].slice(-KEPT);
  write("dismissed", dismissed.peek());
}

export function Announcements() {
  useEffect(() => {
    load(); // announcements from before this view was loaded; later ones are pushed
    return () => (running.value = []);
  }, [user.value?.id]);
  useSignalEffect(() => {
    const timers = running.value.map(({ id, endsAt }) =>
      setTimeout(() => drop(id), Math.min(LONGEST_WAIT, Math.max(0, new Date(endsAt) - Date.now()))),
    );
    return () => timers.forEach(clearTimeout);
  });
  const shown = running.value.filter(({ id }) => !dismissed.value.includes(id));
  return (
    <div role="status" class="news-place">
      {shown.map(({ id, content }) => (
        <div class="news" key={id}>
          <p class="words" dir="auto">
            <b>Announcement.</b> {content}
          </p>
          <button type="button" class="button quiet" onClick={() => dismiss(id)}>
            Dismiss
          </button>
        </div>
      ))}
    </div>
  );
}
