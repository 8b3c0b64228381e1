/** Error messages of forms and views. */

import { type Signal, useSignal } from "@preact/signals";
import { type ComponentChildren, createContext, type RefObject } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { isRetryable, on } from "../core/connection";
import { atClock } from "../core/format";
import type { ApiError } from "../core/http";
import { t } from "../core/words";
import { Countdown } from "./countdown";
import { Words } from "./words";

/** A part of a view that waits for the server: its message, and how to load it. */
interface WaitingPart {
  readonly at: RefObject<HTMLElement | null>;
  retry: (() => unknown) | null;
}

/** Parts that wait for the server, in the order of the page. */
const Waiting = createContext<Signal<readonly WaitingPart[]> | null>(null);

/** Parts of a view that load on their own. If the server cannot be reached, the first tells it, and loads all again. */
export function LoadedTogether({ children }: { children: ComponentChildren }) {
  const waiting = useSignal<readonly WaitingPart[]>([]);
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
  const { at, isFirst, retryAll } = useWaiting(problem && problem.code === "unreachable" && retry ? retry : null);
  if (!problem || fields.some((name) => problem.of(name))) return null;
  if (!isFirst)
    return (
      <p class="hint" ref={at}>
        {t("ui.notLoadedTitle")}
      </p>
    );
  return (
    <div class="error-message" role="alert" tabIndex={-1} ref={at}>
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

const isBefore = ({ at: { current: one } }: WaitingPart, { at: { current: other } }: WaitingPart): boolean =>
  Boolean(one && other && one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);

/** Wait for the server with the other parts of the view; without `retry`, wait for nothing. */
function useWaiting(retry: WaitingPart["retry"]) {
  const waiting = useContext(Waiting);
  const at = useRef<HTMLDivElement & HTMLParagraphElement>(null);
  const own = useRef<WaitingPart>({ at, retry }).current;
  own.retry = retry;
  const isWaiting = retry !== null;
  useLayoutEffect(() => {
    if (!isWaiting || !waiting) return;
    waiting.value = [...waiting.peek(), own].sort((one, other) => (isBefore(one, other) ? -1 : 1));
    return () => {
      waiting.value = waiting.peek().filter((part) => part !== own);
    };
  }, [isWaiting, waiting]);
  const parts = (isWaiting && waiting?.value) || [];
  const retryAll = () => {
    for (const part of parts) part.retry?.();
  };
  return { at, isFirst: (parts[0] ?? own) === own, retryAll: parts.length ? retryAll : retry };
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
