/** Title of the document: unread messages, a timer, the view and the name of the page. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { isolated } from "./format";
import { figure, t } from "./words";

export const pageTitle = signal("");
/** What comes before all else, until the user acts; "" for nothing. */
export const titleAlert = signal("");
/** What comes before the title, such as the time left of a timer; "" for nothing. */
export const titleStatus = signal("");

/** Start to show the title; `unread` is the number of unread messages. */
export function startTitle(unread: ReadonlySignal<number>): void {
  effect(() => {
    const title = pageTitle.value ? t("layout.title", { view: isolated(pageTitle.value) }) : t("layout.name");
    const parts = [
      titleAlert.value && `${titleAlert.value} ·`,
      unread.value && `(${figure(unread.value)})`,
      titleStatus.value && `${titleStatus.value} ·`,
      title,
    ];
    document.title = parts.filter(Boolean).join(" ");
  });
}
