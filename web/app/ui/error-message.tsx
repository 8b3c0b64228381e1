/** Error messages of forms and views. */

import { batch, type Signal, useSignal } from "@preact/signals";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { isRetryable, on } from "../core/connection";
import { atClock } from "../core/format";
import type { ApiError } from "../core/http";
import { t } from "../core/words";
import { Countdown } from "./countdown";
import { Words } from "./words";

type Retry = () => unknown;

/** How to load what waits for the server, in the order in which loading failed. */
const Waiting = createContext<Signal<readonly Retry[]> | null>(null);

/** Parts of a view that load on their own. If the server cannot be reached, one of them tells it, and loads all again. */
export function LoadedTogether({ children }: { children: ComponentChildren }) {
  const waiting = useSignal<readonly Retry[]>([]);
  return <Waiting.Provider value={waiting}>{children}</Waiting.Provider>;
}

interface ErrorMessageProps {
  problem: ApiError | null | undefined | false;
  /** Fields of the form, which show their errors themselves. */
  fields?: readonly string[] | undefined;
  /** Called by a button, and when the connection returns. */
  retry?: (() => unknown) | null;
}

/** The error of a form or a view. */
export function ErrorMessage({ problem, fields = [], retry }: ErrorMessageProps) {
  const retryLater = useRef(retry);
  retryLater.current = problem && isRetryable(problem) ? retry : null;
  useEffect(() => on("connect", () => retryLater.current?.()), []);
  const retryTime = useMemo(() => Date.now() + (problem ? problem.retryAfter * 1000 : 0), [problem]);
  const { isFirst, retryAll } = useWaiting(problem && problem.code === "unreachable" && retry ? retry : null);
  if (!problem || fields.some((name) => problem.of(name))) return null;
  if (!isFirst) return <p class="hint">{t("ui.notLoadedTitle")}</p>;
  return (
    <div class="error-message" role="alert" tabIndex={-1}>
      <p>{problem.message}</p>
      {problem.code === "email_not_verified" && (
        <p>
          <a href="/account">{t("ui.toAccount")}</a>
        </p>
      )}
      {problem.retryAfter > 0 && (
        <p>
          <Words of="ui.tryAgainIn" time={<Countdown until={retryTime} />} />
        </p>
      )}
      {retry && (
        <button type="button" class="button" onClick={() => (retryAll ?? retry)()}>
          {t("ui.tryAgain")}
        </button>
      )}
    </div>
  );
}

/** Wait for the server with the other parts of the view; null waits for nothing. `retryAll` is null without others. */
function useWaiting(retry: Retry | null): { isFirst: boolean; retryAll: (() => void) | null } {
  const waiting = useContext(Waiting);
  const latest = useRef(retry);
  latest.current = retry;
  const own = useRef<Retry>(() => latest.current?.()).current;
  const isWaiting = retry !== null;
  useLayoutEffect(() => {
    if (!isWaiting || !waiting) return;
    waiting.value = [...waiting.peek(), own];
    return () => {
      waiting.value = waiting.peek().filter((one) => one !== own);
    };
  }, [isWaiting, waiting]);
  if (!isWaiting || !waiting) return { isFirst: true, retryAll: null };
  const all = waiting.value;
  const retryAll = () =>
    batch(() => {
      for (const one of all) one();
    });
  return { isFirst: (all[0] ?? own) === own, retryAll };
}

interface StaleNoticeProps {
  /** Time of the state that is shown, in milliseconds since 1970. */
  at: number;
  problem: ApiError;
  retry: () => unknown;
}

/** The notice that a view shows an earlier state, because it cannot be loaded at the moment. */
export const StaleNotice = ({ at, problem, retry }: StaleNoticeProps) => (
  <div class="error-message stale" role="status">
    <p>
      {t("ui.shownAsOf", { time: atClock(at) })} {problem.message}
    </p>
    <button type="button" class="button" onClick={() => retry()}>
      {t("ui.tryAgain")}
    </button>
  </div>
);
