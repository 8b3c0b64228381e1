/** The user's sessions that have ended, latest first, page by page. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { focus as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import type { FocusSession } from "../../core/types";
import { focusChanges } from "./my-focus";

const PAGE = 10;
/** Most sessions of an answer. */
const MAX_PAGE = 100;

export interface SessionList {
  readonly sessions: readonly FocusSession[];
  readonly hasMore: boolean;
  readonly problem: ApiError | null;
  load(): Promise<void>;
  loadMore(): Promise<void>;
}

/** The sessions, loaded again when one begins, ends or changes on any device. */
export function useSessions(): SessionList {
  const sessions = useSignal<readonly FocusSession[]>([]);
  const hasMore = useSignal(false);
  const problem = useSignal<ApiError | null>(null);
  const latest = useRef(0);
  const request = async (limit: number, shown: readonly FocusSession[]) => {
    const turn = ++latest.current;
    const before = shown.at(-1)?.id;
    try {
      const page = await api.sessions({ limit, ...(before && { before }) });
      if (turn !== latest.current) return; // a later request is under way
      sessions.value = [...shown, ...page.sessions.filter(({ endedAt }) => endedAt)];
      hasMore.value = page.hasMore;
      problem.value = null;
    } catch (failed) {
      if (turn === latest.current) problem.value = toApiError(failed);
    }
  };
  // one more than the page: the open one may be among them
  const load = () => request(Math.min(MAX_PAGE, Math.max(PAGE, sessions.peek().length) + 1), []);
  const loadMore = () => request(PAGE, sessions.peek());
  useSignalEffect(() => {
    focusChanges.value; // a subscription
    void load();
  });
  return { sessions: sessions.value, hasMore: hasMore.value, problem: problem.value, load, loadMore };
}
