/** The user's own activity in a room, under their name: a text that is edited in place. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { fieldErrorText } from "../../core/error-text";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { useForm } from "../../ui/form";
import { isInputMethodKey } from "../../ui/text-fields";
import { Activity } from "./activity";
import type { RoomSession } from "./room-session";

/** The rule of the server, in characters. */
const MAX_LENGTH = 80;

interface MyActivityProps {
  room: RoomSession;
  activity: string | null;
}

export function MyActivity({ room, activity }: MyActivityProps): JSX.Element {
  const isOpen = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const hadFocus = useRef(false);
  useLayoutEffect(() => {
    if (hadFocus.current && !isOpen.value) button.current?.focus();
    hadFocus.current = false;
  }, [isOpen.value]);
  const close = (within: Element | null) => {
    hadFocus.current = Boolean(within?.contains(document.activeElement));
    isOpen.value = false;
  };
  if (isOpen.value) return <ActivityForm room={room} activity={activity ?? ""} onClose={close} />;
  return (
    <button
      type="button"
      class="activity-button"
      ref={button}
      aria-label={activity ? t("room.changeActivity", { activity }) : undefined}
      onClick={() => (isOpen.value = true)}
    >
      {activity ? <Activity text={activity} /> : <span class="person-status">{t("room.activity")}</span>}
    </button>
  );
}

interface ActivityFormProps {
  room: RoomSession;
  activity: string;
  /** Called when it is done, with the form. */
  onClose(form: Element | null): void;
}

function ActivityForm({ room, activity, onClose }: ActivityFormProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  const finish = (element: Element | null) => {
    isDone.current = true; // a field that is removed loses the focus, which would send it
    onClose(element);
  };
  const form = useForm<"activity">(async (values, element) => {
    if (values.activity.trim() !== activity) await room.work(values.activity.trim());
    finish(element);
  });
  useLayoutEffect(() => input.current?.select(), []);
  const error = form.problem?.of("activity");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || isInputMethodKey(event)) return;
    event.preventDefault(); // a dialog around it stays open
    event.stopPropagation();
    finish(input.current);
  };
  return (
    <form class="activity-form" onSubmit={form.submit} noValidate>
      <input
        ref={input}
        type="text"
        name="activity"
        dir="auto"
        autocomplete="off"
        enterkeyhint="done"
        defaultValue={activity}
        data-maxlength={MAX_LENGTH}
        aria-label={t("room.activity")}
        placeholder={t("room.activityExample")}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? id : undefined}
        onKeyDown={onKeyDown}
        onBlur={(event) => isDone.current || form.problem || event.currentTarget.form?.requestSubmit()}
      />
      {error && (
        <p class="field-error" id={id} role="alert">
          {fieldErrorText(error, t("room.activity"))}
        </p>
      )}
      <ErrorMessage problem={form.problem} fields={["activity"]} />
    </form>
  );
}
