/** Files that are pasted or dropped. They cannot be sent: a notice explains it, and the browser does not open them. */

import { signal } from "@preact/signals";

const NOTICE_TIMEOUT = 8_000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** True while the notice about the last attempt is shown. */
export const filesError = signal(false);

function rejectFiles(): void {
  clearTimeout(timer);
  filesError.value = true;
  timer = setTimeout(dismissFilesError, NOTICE_TIMEOUT);
}

export function dismissFilesError(): void {
  clearTimeout(timer);
  filesError.value = false;
}

const hasFiles = (transfer: DataTransfer | null): boolean => [...(transfer?.types ?? [])].includes("Files");
const isField = (target: EventTarget | null): boolean => target instanceof Element && target.closest(":read-write") !== null;

/** Handle files on the whole page: browsers would open them in its place. */
export function startFileDrops(): void {
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
    if (!isFilePaste(event.clipboardData)) return;
    event.preventDefault();
    rejectFiles();
  });
}

/** Text with a picture of it, as from a word processor, is pasted as text; a file comes with its name as text. */
function isFilePaste(clipboard: DataTransfer | null): boolean {
  if (!clipboard || (!clipboard.files.length && !hasFiles(clipboard))) return false;
  const text = clipboard.getData("text/plain").trim();
  return !text || [...clipboard.files].some(({ name }) => name === text);
}
