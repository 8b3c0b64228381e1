import { effect, signal } from "@preact/signals";
import { unreadTotal } from "./rooms.js";

export const pageTitle = signal("");

effect(() => {
  const unread = unreadTotal.value ? `(${unreadTotal.value}) ` : "";
  document.title = `${unread}${pageTitle.value ? `${pageTitle.value} · ` : ""}Studyhall`;
});
