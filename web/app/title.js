import { effect, signal } from "@preact/signals";
import { isolated } from "./format.js";
import { unreadTotal } from "./rooms.js";

export const pageTitle = signal("");

effect(() => {
  const unread = unreadTotal.value ? `(${unreadTotal.value}) ` : "";
  document.title = `${unread}${pageTitle.value ? `${isolated(pageTitle.value)} · ` : ""}Studyhall`;
});
