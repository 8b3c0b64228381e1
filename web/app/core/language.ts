/** The language of the page: the account's, or the one chosen in this browser, or the browser's own. */

import { effect } from "@preact/signals";
import { read, write } from "./local-store";
import { user } from "./session";
import { type Catalogue, LANGUAGES, type Language, language, setLanguage } from "./words";
import { en } from "../words/en";

const STORED = "language";

/** Catalogues beside English, which is in the first bundle. */
const CATALOGUES: Readonly<Record<Exclude<Language, "en">, () => Promise<Catalogue>>> = {
  de: async () => (await import("../words/de")).de,
};

/** True for a tag of a language that the page speaks. */
export const isOffered = (tag: unknown): tag is Language => typeof tag === "string" && Object.hasOwn(LANGUAGES, tag);

/** The first offered language of the account, of this browser's storage and of its settings; English otherwise. */
export function chosenLanguage(preferred: readonly string[] = navigator.languages): Language {
  const candidates = [user.value?.language, read(STORED), ...preferred.map((tag) => tag.split("-")[0])];
  return candidates.find(isOffered) ?? "en";
}

/** Load the words of a language and show them from now on; if that fails, English. The caller draws the page anew. */
export async function loadLanguage(next: Language = chosenLanguage()): Promise<void> {
  try {
    setLanguage(next, next === "en" ? en : await CATALOGUES[next]());
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

/** Follow the language of the account, which changes when its user signs in, or chooses another one on another device. */
export function startLanguage(): void {
  effect(() => {
    if (chosenLanguage() !== language.peek()) loadLanguage().catch(() => {}); // English is shown then
  });
}
