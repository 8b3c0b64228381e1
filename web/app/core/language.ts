/** The language of the page: the account's, or the one chosen in this browser, or the browser's own. */

import { read, write } from "./local-store";
import { user } from "./session";
import { type Catalogue, LANGUAGES, type Language, setLanguage } from "./words";
import { en } from "../words/en";

const STORED = "language";

/** Catalogues beside English, which is in the first bundle. */
const CATALOGUES: Readonly<Record<Exclude<Language, "en">, () => Promise<Partial<Catalogue>>>> = {
  de: async () => (await import("../words/de")).de,
};

const isOffered = (tag: unknown): tag is Language => typeof tag === "string" && Object.hasOwn(LANGUAGES, tag);

/** The first offered language of the account, of this browser's storage and of its settings; English otherwise. */
export function chosenLanguage(preferred: readonly string[] = navigator.languages): Language {
  const account = user.peek();
  const ofAccount = account && "language" in account ? account.language : null;
  const candidates = [ofAccount, read(STORED), ...preferred.map((tag) => tag.split("-")[0])];
  return candidates.find(isOffered) ?? "en";
}

/** Load the words of a language and show them from now on; if that fails, English. The caller draws the page anew. */
export async function loadLanguage(next: Language = chosenLanguage()): Promise<void> {
  try {
    setLanguage(next, next === "en" ? en : { ...en, ...(await CATALOGUES[next]()) });
  } catch (error) {
    setLanguage("en", en);
    throw error;
  }
}

/** Choose a language for this browser; null is the browser's own. */
export async function chooseLanguage(next: Language | null): Promise<void> {
  write(STORED, next);
  await loadLanguage();
}
