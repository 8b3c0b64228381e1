/** Field for a code of the second factor, shown in a form after the server asked for one. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError } from "../../core/http";
import { t } from "../../core/words";
import { Field } from "../../ui/form";
import { Nothing } from "../../ui/lazy";

interface CodeFieldProps {
  problem: ApiError | null;
}

const isCodeNeeded = (problem: unknown) => problem instanceof ApiError && problem.code === "second_factor_needed";

export function useTwoFactorCode() {
  const isShown = useSignal(false);
  return {
    /** Show the field if this failure asks for a code, and throw the failure. */
    request(problem: unknown): never {
      if (isCodeNeeded(problem)) isShown.value = true;
      throw problem;
    },
    /** The failure for the message above the form; null if the new field is enough. */
    otherProblem: (problem: ApiError | null) => (isCodeNeeded(problem) ? null : problem),
    Field: isShown.value ? CodeField : (Nothing as (props: CodeFieldProps) => null),
  };
}

function CodeField({ problem }: CodeFieldProps) {
  const at = useRef<HTMLDivElement>(null);
  useEffect(() => at.current?.querySelector("input")?.focus(), []);
  return (
    <div ref={at}>
      <Field
        label={t("auth.codeFromApp")}
        name="code"
        autocomplete="one-time-code"
        autocapitalize="off"
        spellcheck={false}
        required
        problem={problem}
        hint={t("auth.codeFromAppHint")}
      />
    </div>
  );
}
