/** The question whether the user still studies, after two hours without an act. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { time } from "../../core/format";
import { toApiError } from "../../core/http";
import { serverClock } from "../../core/server-clock";
import { MAX_TIMER } from "../../core/timeout";
import { titleAlert } from "../../core/title";
import { t } from "../../core/words";
import { confirmFocus } from "./focus-change";
import { focusCheck } from "./my-focus";

export function FocusCheckNotice(): JSX.Element | null {
  const check = focusCheck.value;
  const problem = useSignal("");
  useEffect(() => {
    if (!check) return;
    titleAlert.value = t("focus.stillStudying");
    const over = () => {
      focusCheck.value = null;
    };
    const left = Date.parse(check.respondBy) - serverClock.now();
    const timer = setTimeout(over, Math.min(Math.max(0, left), MAX_TIMER));
    return () => {
      titleAlert.value = "";
      clearTimeout(timer);
    };
  }, [check?.id, check?.respondBy]);
  if (!check) return null;
  const confirm = () => {
    problem.value = "";
    confirmFocus().catch((failed: unknown) => {
      problem.value = toApiError(failed).message;
    });
  };
  return (
    <div class="notice" role="alert">
      <p>
        <b>{t("focus.stillStudying")}</b> {problem.value || t("focus.checkHint", { time: time(Date.parse(check.respondBy)) })}
      </p>
      <button type="button" class="button" onClick={confirm}>
        {t("focus.confirm")}
      </button>
    </div>
  );
}
