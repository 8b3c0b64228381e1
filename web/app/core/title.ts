/** Title of the document: unread messages, the view and the name of the page. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { isolated } from "./format";
import { figure, t } from "./words";

export const pageTitle = signal("");

/** Start to show the title; `unread` is the number of unread messages. */
export function startTitle(unread: ReadonlySignal<number>): void {
  effect(() => {
    const title = pageTitle.value ? t("layout.title", { view: isolated(pageTitle.value) }) : t("layout.name");
    document.title = unread.value ? `(${figure(unread.value)}) ${title}` : title;
  });
}
