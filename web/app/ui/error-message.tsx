// @ts-nocheck
/** Error messages of forms and views. */

import { useEffect, useRef } from "preact/hooks";
import { isRetryable, on } from "../core/connection";
import { atClock } from "../core/format";
import { Countdown } from "./countdown";

/** What went wrong with a form or a view, unless a field says it. `retry()` tries again; a connection that comes does, too. */
export function ErrorMessage({ problem, fields = [], retry }) {
  const again = useRef();
  again.current = problem && isRetryable(problem) ? retry : null;
  useEffect(() => on("connect", () => again.current?.()), []);
  if (!problem || fields.some((name) => problem.of(name))) return null;
  return (
    <div class="error-message" role="alert" tabindex="-1">
      <p>{problem.message}</p>
      {problem.code === "email_not_verified" && (
        <p>
          <a href="/account">To your account</a>
        </p>
      )}
      {problem.retryAfter > 0 && (
        <p>
          Try again in <Countdown until={Date.now() + problem.retryAfter * 1000} />.
        </p>
      )}
      {retry && (
        <button type="button" class="button plain" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The notice that the view shows an earlier state, which cannot be loaded anew just now. */
export const StaleNotice = ({ at, problem, retry }) => (
  <div class="error-message stale" role="status">
    <p>
      Shown as it was {atClock(at)}. {problem.message}
    </p>
    <button type="button" class="button plain" onClick={retry}>
      Try again
    </button>
  </div>
);
