/** One line that adds a task: the title, and Enter. */

import type { JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import { fieldErrorText } from "../../core/error-text";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { addTask } from "./task-store";

/** The rule of the server, in characters. */
const MAX_TITLE = 80;

/** The line; with `roomId`, the new task is one for this room. */
export function AddTask({ roomId = null }: { roomId?: string | null }): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { busy, problem, submit } = useForm<"title">(async ({ title }) => {
    if (!title.trim()) return false;
    await addTask(title.trim(), roomId);
    if (input.current) input.current.value = "";
    input.current?.focus();
    return true;
  });
  const error = problem?.of("title");
  return (
    <form class="add-task" onSubmit={submit} noValidate>
      <div class="add-task-line">
        <input
          ref={input}
          type="text"
          name="title"
          dir="auto"
          autocomplete="off"
          enterkeyhint="done"
          aria-label={t("tasks.new")}
          placeholder={t("tasks.newExample")}
          data-maxlength={MAX_TITLE}
          aria-invalid={error ? "true" : undefined}
          aria-describedby={error ? id : undefined}
        />
        <Submit busy={busy} busyLabel={t("tasks.adding")} class={roomId ? "" : "primary"}>
          {t("tasks.add")}
        </Submit>
      </div>
      {error && (
        <p class="field-error" id={id} role="alert">
          {fieldErrorText(error, t("tasks.titleCalled"))}
        </p>
      )}
      <ErrorMessage problem={problem} fields={["title"]} />
    </form>
  );
}
