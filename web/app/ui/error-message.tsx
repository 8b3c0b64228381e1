/** Error messages of forms and views. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { isRetryable, on } from "../core/connection";
import { atClock } from "../core/format";
import type { ApiError } from "../core/http";
import { t } from "../core/words";
import { Countdown } from "./countdown";
import { Words } from "./words";

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
  if (!problem || fields.some((name) => problem.of(name))) return null;
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
        <button type="button" class="button" onClick={() => retry()}>
          {t("ui.tryAgain")}
        </button>
      )}
    </div>
  );
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
