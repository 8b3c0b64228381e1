// @ts-nocheck
/** Files that are pasted or dropped: they cannot be sent, and the page says so instead of being replaced by one. */

import { signal } from "@preact/signals";

const FOR = 8_000;
let timer = 0;

/** Words about the last attempt; "" for none. */
export const filesError = signal("");

export function rejectFiles() {
  clearTimeout(timer);
  filesError.value = "Files and pictures cannot be sent yet. Send text, or a link to the file.";
  timer = setTimeout(dismissFilesError, FOR);
}

export function dismissFilesError() {
  clearTimeout(timer);
  filesError.value = "";
}

const hasFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
const isField = (target) => target?.closest?.(":read-write");

/** Begin; call once. Browsers open what is dropped in place of the page, unless the page takes it. */
export function startFileDrops() {
  addEventListener("dragover", (event) => {
    if (hasFiles(event.dataTransfer)) return event.preventDefault();
    if (isField(event.target)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
  });
  addEventListener("drop", (event) => {
    if (hasFiles(event.dataTransfer)) rejectFiles();
    else if (isField(event.target)) return;
    event.preventDefault();
  });
  addEventListener("paste", (event) => {
    const { files = [], types = [] } = event.clipboardData ?? {};
    if (!files.length && ![...types].includes("Files")) return;
    const text = event.clipboardData.getData("text/plain").trim();
    // text with a picture of it, as from a word processor, is pasted as text; a file comes with its name as text
    if (text && ![...files].some(({ name }) => name === text)) return;
    event.preventDefault();
    rejectFiles();
  });
}
