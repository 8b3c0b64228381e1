const WITHIN = 2_000;

/** Copy text to the clipboard; returns whether it is there. Without https, or if the browser denies it, by selecting it. */
export async function copy(text) {
  const silence = new Promise((done) => setTimeout(done, WITHIN, false));
  try {
    if (await Promise.race([navigator.clipboard.writeText(text).then(() => true), silence])) return true;
  } catch {
    // the older way needs no permission
  }
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return isCopied;
}
