// @ts-nocheck
import { effect, signal } from "@preact/signals";
import { unreadTotal } from "../features/rooms/my-rooms";
import { isolated } from "./format";

export const pageTitle = signal("");

effect(() => {
  const unread = unreadTotal.value ? `(${unreadTotal.value}) ` : "";
  document.title = `${unread}${pageTitle.value ? `${isolated(pageTitle.value)} · ` : ""}Studyhall`;
});
