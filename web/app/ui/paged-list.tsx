/** Lists of items with actions, loaded page by page, and again after an action. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { on } from "../core/connection";
import { type ApiError, toApiError } from "../core/http";
import { renamed } from "../core/names";
import { t } from "../core/words";
import { ArrowKeysHint } from "./arrow-keys-hint";
import { usePageCount } from "./entry-state";
import { ErrorMessage } from "./error-message";
import { useRovingFocus } from "./roving-focus";
import { Skeleton } from "./skeleton";

/** From so many items on, the list is one stop of the Tab key. */
const ONE_STOP_FROM = 10;
/** Controls of the rows, without those of dialogs that rows open. */
const CONTROLS = ".row .button:not(dialog *)";
/** Maximum of pages that are loaded again at once. */
const MAX_PAGES = 10;

interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page, null or undefined on the last one. */
  readonly next?: string | null | undefined;
}

/** State of a list, as `usePagedList` returns it. */
export interface PagedRows<Item> {
  /** Element of the list. */
  at: RefObject<HTMLDivElement | null>;
  /** Null until the first page is loaded. */
  items: readonly Item[] | null;
  next: string | null;
  /** Id of the item whose action runs. */
  busy: string | null;
  problem: ApiError | null;
  /** Load the page at a cursor, or all pages that are shown again. */
  load: (cursor?: string | null) => Promise<void>;
  /** Load the first page of another search. */
  restart: () => Promise<void>;
  act: (id: string, work: () => unknown) => Promise<void>;
}

/** The part of a list's state that its rows use. */
export type ListActions = Pick<PagedRows<unknown>, "act" | "busy" | "load">;

/** The first `count` pages as one. */
export async function fetchPages<Item>(fetch: (cursor?: string) => Promise<Page<Item>>, count: number): Promise<Page<Item>> {
  let { items, next } = await fetch();
  for (let pages = 1; next && pages < Math.min(count, MAX_PAGES); pages++) {
    const page: Page<Item> = await fetch(next);
    items = [...items, ...page.items];
    next = page.next;
  }
  return { items, next };
}

/**
 * State of a list. After Back it has as many pages as before.
 *
 * @param fetch returns a page: the first one, or the one at the `next` of an earlier page.
 * @param name of the list in its view.
 */
export function usePagedList<Item>(fetch: (cursor?: string) => Promise<Page<Item>>, name = ""): PagedRows<Item> {
  const at = useRef<HTMLDivElement>(null);
  const latest = useRef(0);
  const pageCount = usePageCount(name);
  const items = useSignal<readonly Item[] | null>(null);
  const next = useSignal<string | null>(null);
  const busy = useSignal<string | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async (cursor: string | null = null) => {
    const turn = ++latest.current;
    try {
      const page = cursor ? await fetch(cursor) : await fetchPages(fetch, pageCount.peek());
      if (turn !== latest.current) return; // asked again meanwhile
      if (cursor) pageCount.value += 1;
      items.value = cursor ? [...(items.peek() ?? []), ...page.items] : page.items;
      next.value = page.next ?? null;
      problem.value = null;
    } catch (error) {
      const failure = toApiError(error);
      if (turn === latest.current && failure.code !== "signed_out") problem.value = failure;
    }
  };
  const restart = () => {
    pageCount.value = 1;
    next.value = null; // the list on the page is that of the search before
    return load();
  };
  useEffect(() => void load(), []);
  useEffect(() => on("user-updated", ({ user }) => void (items.value = renamed(items.peek(), user))), []);
  /** Run an action and load the list again. The button that had the focus may be gone: the row in its place takes it. */
  const act = async (id: string, work: () => unknown) => {
    if (busy.peek()) return;
    busy.value = id;
    const row = rowWithFocus(at.current);
    try {
      await work();
      await load();
      focusRow(at.current, row);
    } catch (error) {
      problem.value = toApiError(error);
    } finally {
      busy.value = null;
    }
  };
  return { at, items: items.value, next: next.value, busy: busy.value, problem: problem.value, load, restart, act };
}

/** Index of the row with the focus; -1 if there is none. */
const rowWithFocus = (list: HTMLElement | null): number =>
  [...(list?.querySelectorAll(".row") ?? [])].findIndex((row) => row.contains(document.activeElement));

/** Focus the last control of a row, or of the last row, or else the list. A user who went elsewhere stays there. */
function focusRow(list: HTMLElement | null, index: number): void {
  const focused = document.activeElement ?? document.body;
  if (!list || (focused !== document.body && !list.contains(focused))) return;
  const rows = [...list.querySelectorAll(".row")];
  const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
  const control = [...(row?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])].at(-1);
  (control ?? list).focus();
}

interface PagedListProps<Item> {
  rows: PagedRows<Item>;
  /** Name of the list. */
  label: string;
  /** Content of an item. */
  row: (item: Item) => ComponentChildren;
  /** Shown in place of an empty list. */
  empty: ComponentChildren;
  /** Words of the button that loads the next page. */
  more?: string;
  /** Key of an item; by default its id. */
  id?: (item: Item) => string;
}

const idOf = (item: unknown): string =>
  typeof item === "object" && item !== null && "id" in item && typeof item.id === "string" ? item.id : "";

export function PagedList<Item>({ rows, label, row, empty, more, id = idOf }: PagedListProps<Item>) {
  const { at, items, next, problem, load } = rows;
  const list = useRovingFocus(CONTROLS, ONE_STOP_FROM);
  return (
    <div class="rows" ref={at} tabIndex={-1}>
      <ErrorMessage problem={problem} retry={items ? null : () => load()} />
      {!items && !problem && <Skeleton />}
      {items?.length === 0 && <p class="hint">{empty}</p>}
      {items && items.length > 0 && (
        <>
          <ArrowKeysHint />
          <ul ref={list} aria-label={label}>
            {items.map((item) => (
              <li class="row" key={id(item)}>
                {row(item)}
              </li>
            ))}
          </ul>
        </>
      )}
      {next && (
        <p class="more">
          <button type="button" class="button" onClick={() => load(next)}>
            {more ?? t("ui.showMore")}
          </button>
        </p>
      )}
    </div>
  );
}
