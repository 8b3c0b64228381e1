// @ts-nocheck
/** Lists of things that something can be done with: loaded, loaded on, and loaded again when one was changed. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { on } from "../core/connection";
import { renamed } from "../core/names";
import { ArrowKeysHint } from "./arrow-keys-hint";
import { ErrorMessage } from "./error-message";
import { Skeleton } from "./skeleton";
import { useRovingFocus } from "./roving-focus";

const MANY = 10;

/** State of a list. `fetch(cursor)` returns `{items, next}`: the first ones, or those from `next` of an earlier answer. */
export function usePagedList(fetch) {
  const at = useRef();
  const latest = useRef(0);
  const items = useSignal(null);
  const next = useSignal(null);
  const busy = useSignal(null);
  const problem = useSignal(null);
  const load = async (cursor = null) => {
    const turn = ++latest.current;
    try {
      const found = await fetch(cursor);
      if (turn !== latest.current) return; // asked again meanwhile
      items.value = cursor ? [...items.peek(), ...found.items] : found.items;
      next.value = found.next ?? null;
      problem.value = null;
    } catch (failed) {
      if (turn === latest.current && failed.code !== "signed_out") problem.value = failed;
    }
  };
  useEffect(() => void load(), []);
  useEffect(() => on("user-updated", (event) => (items.value = renamed(items.peek(), event.user))), []);
  /** Do something with one of them, then look again. The button that had the focus may be gone: the list takes it. */
  const act = async (id, work) => {
    if (busy.peek()) return;
    busy.value = id;
    try {
      await work();
      await load();
      at.current?.focus();
    } catch (failed) {
      problem.value = failed;
    } finally {
      busy.value = null;
    }
  };
  return { at, items: items.value, next: next.value, busy: busy.value, problem: problem.value, load, act };
}

/** The list itself; `row(item)` says what stands in a line, `empty` what is said where there is none. */
export function PagedList({ rows, label, row, empty, more = "Show more", id = (item) => item.id }) {
  const { at, items, next, problem, load } = rows;
  const list = useRovingFocus(".row .button:not(dialog *)", MANY);
  return (
    <div class="rows" ref={at} tabindex="-1">
      <ErrorMessage problem={problem} retry={items ? null : () => load()} />
      {!items && !problem && <Skeleton />}
      {items?.length === 0 && <p class="hint">{empty}</p>}
      {items?.length > 0 && (
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
          <button type="button" class="button plain" onClick={() => load(next)}>
            {more}
          </button>
        </p>
      )}
    </div>
  );
}
