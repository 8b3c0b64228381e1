/** Files that the browser saves. */

/** Milliseconds until the memory of a downloaded file is freed. */
const FILE_LIFETIME = 60_000;

/** Save a file under a name. */
export function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), FILE_LIFETIME);
}
