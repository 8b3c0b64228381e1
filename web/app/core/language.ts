/** The language of the page: the account's, or the one chosen in this browser, or the browser's own. */

import { effect } from "@preact/signals";
import { read, write } from "./local-store";
import { user } from "./session";
import {
  type FirstCatalogue,
  LANGUAGES,
  type Language,
  type LazyCatalogue,
  language,
  type StudyCatalogue,
  setLanguage,
} from "./words";

const STORED = "language";

/** Catalogues, each a module of its own: index.html preloads the one of its language. */
const CATALOGUES: Readonly<Record<Language, () => Promise<FirstCatalogue>>> = {
  en: async () => (await import("../words/en")).en,
  de: async () => (await import("../words/de")).de,
};
const LAZY_CATALOGUES: Readonly<Record<Language, () => Promise<LazyCatalogue>>> = {
  en: async () => (await import("../words/en-lazy")).enLazy,
  de: async () => (await import("../words/de-lazy")).deLazy,
};
const STUDY_CATALOGUES: Readonly<Record<Language, () => Promise<StudyCatalogue>>> = {
  en: async () => (await import("../words/en-study")).enStudy,
  de: async () => (await import("../words/de-study")).deStudy,
};

/** Catalogues of the views that were loaded on demand; each language change loads them, too. */
const needed = new Set<typeof LAZY_CATALOGUES | typeof STUDY_CATALOGUES>();

/** True for a tag of a language that the page speaks. */
export const isOffered = (tag: unknown): tag is Language => typeof tag === "string" && Object.hasOwn(LANGUAGES, tag);

/**
 * The first offered language of the account and of the browser's settings; English otherwise. For guests, the one that this
 * browser stores comes first: it may be that of another account.
 */
export function chosenLanguage(preferred: readonly string[] = navigator.languages): Language {
  const chosen = user.value ? user.value.language : read(STORED);
  const candidates = [chosen, ...preferred.map((tag) => tag.split("-")[0])];
  return candidates.find(isOffered) ?? "en";
}

let requested = 0;
let shown = 0;
/** The language of the last request; null before the first one. */
let wanted: Language | null = null;

/** Load the words of a language and show them from now on, unless later ones are shown already. The caller draws the page anew. */
export async function loadLanguage(next: Language = chosenLanguage()): Promise<void> {
  requested += 1;
  const current = requested;
  wanted = next;
  const catalogues = [CATALOGUES, ...needed].map((catalogue) => catalogue[next]());
  const messages = Object.assign({}, ...(await Promise.all(catalogues)));
  if (current < shown) return;
  shown = current;
  setLanguage(next, messages);
}

/** Load the words of the page; if that fails, those of the language that it shows, at start the English ones. */
export const loadWords = (): Promise<void> => loadLanguage().catch(() => loadLanguage(language.peek()));

/** Load a view together with the words of account and administration: `lazy(() => lazyWords(() => import("./admin")), "Admin")`. */
export const lazyWords = <Module>(load: () => Promise<Module>): Promise<Module> => withWords(LAZY_CATALOGUES, load);

/** Load a view together with the words of study views: `lazy(() => studyWords(() => import("./timer-card")), "TimerCard")`. */
export const studyWords = <Module>(load: () => Promise<Module>): Promise<Module> => withWords(STUDY_CATALOGUES, load);

async function withWords<Module>(
  catalogue: typeof LAZY_CATALOGUES | typeof STUDY_CATALOGUES,
  load: () => Promise<Module>,
): Promise<Module> {
  needed.add(catalogue);
  const [module] = await Promise.all([load(), loadWords()]);
  return module;
}

/** Choose a language for this browser; null is the browser's own. */
export async function chooseLanguage(next: Language | null): Promise<void> {
  write(STORED, next);
  await loadLanguage();
}

/** Follow the language of the account, which changes when its user signs in, or chooses another one on another device. */
export function startLanguage(): void {
  effect(() => {
    const next = chosenLanguage();
    if (next === wanted) return;
    loadLanguage(next).catch(() => {
      if (next === wanted) wanted = language.peek(); // the words of before stay
    });
  });
}
