// @ts-nocheck
/** Small pieces that every view is made of. */

import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { isRetryable, on } from "../core/connection";
import { sentence } from "../core/error-text";
import { atClock, count, initials } from "../core/format";
import { toApiError } from "../core/http";
import { openLayer } from "../core/layers";
import { pageTitle } from "../core/title";
import { filesRefusal } from "./file-drops";
import { FilesRefusal } from "./files-notice";
import { useKept } from "./form-drafts";
import { refusal } from "./form-rules";

let isFirstView = true;

/** The one h1 of a view. It takes the focus when the view follows another one, so that a screen reader begins there. */
export function Heading({ title, children, class: kind = "" }) {
  const at = useRef();
  useEffect(() => {
    pageTitle.value = title;
  }, [title]);
  useEffect(() => {
    if (!isFirstView && !document.querySelector("dialog[open]")) at.current.focus({ preventScroll: true });
    isFirstView = false;
  }, []);
  return (
    <h1 ref={at} tabindex="-1" class={kind} dir="auto">
      {children ?? title}
    </h1>
  );
}

/** The way through a list that is one stop of the Tab key (roving-focus.ts): shown while the keyboard is in it. */
export const ArrowKeys = () => <p class="arrow-keys hint">Use the arrow keys</p>;

/**
 * A label with its input, what helps to fill it in, and what was wrong with it; `called` is its name in a sentence. `maxlength`
 * is a rule of the form (form-rules.ts): as an attribute the browser would cut what is pasted without a word.
 */
export function Field({ label, called = label, name, hint, problem, maxlength, as: Input = "input", children, ...rest }) {
  const id = useId();
  const wrong = problem?.of(name);
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || null;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Input
        id={id}
        name={name}
        aria-describedby={described}
        aria-invalid={wrong ? "true" : null}
        data-longest={maxlength}
        {...rest}
      >
        {children}
      </Input>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="wrong" id={`${id}-wrong`}>
          {sentence(called, wrong)}
        </p>
      )}
    </div>
  );
}

/**
 * State of a form: `submit` sends its fields, `problem` is the last refusal. With a `name`, what was typed is kept while one is
 * elsewhere: `kept` goes on the form, `restored` says that it is there again. `send` returns false where it has to ask first.
 */
export function useForm(send, name = null) {
  const keeping = useKept(name);
  const busy = useSignal(false);
  const problem = useSignal(null);
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    const form = event.currentTarget;
    busy.value = true;
    problem.value = null;
    try {
      const refused = refusal(form);
      if (refused) throw refused;
      if ((await send(Object.fromEntries(new FormData(form)), form)) !== false) keeping.forget();
    } catch (refused) {
      problem.value = toApiError(refused);
      requestAnimationFrame(() => form.querySelector("[aria-invalid=true], [role=alert]")?.focus());
    } finally {
      busy.value = false;
    }
  };
  const restored = keeping.isRestored && (
    <p class="hint" role="status">
      What you typed before is here again.
    </p>
  );
  return { busy: busy.value, problem: problem.value, submit, kept: keeping.props, restored };
}

/** What went wrong with a form or a view, unless a field says it. `retry()` tries again; a connection that comes does, too. */
export function Trouble({ problem, fields = [], retry }) {
  const again = useRef();
  again.current = problem && isRetryable(problem) ? retry : null;
  useEffect(() => on("connect", () => again.current?.()), []);
  if (!problem || fields.some((name) => problem.of(name))) return null;
  return (
    <div class="trouble" role="alert" tabindex="-1">
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
export const Stale = ({ at, problem, retry }) => (
  <div class="trouble stale" role="status">
    <p>
      Shown as it was {atClock(at)}. {problem.message}
    </p>
    <button type="button" class="button plain" onClick={retry}>
      Try again
    </button>
  </div>
);

/** The seconds until a moment in ms since 1970, counted down. */
export function Countdown({ until }) {
  const end = useRef(until);
  const left = useSignal(0);
  useLayoutEffect(() => {
    end.current = until;
    const tick = () => (left.value = Math.max(0, Math.ceil((end.current - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [until]);
  return (
    <span class="figures" role="timer" aria-live="off">
      {count(left.value, "second")}
    </span>
  );
}

export function Submit({ busy, children, doing = "One moment …", class: kind = "" }) {
  return (
    <button class={`button ${kind}`} aria-disabled={busy ? "true" : null}>
      {busy ? doing : children}
    </button>
  );
}

/**
 * A modal dialog. With `onClose` it can be closed by Escape, Back and a button; without, it remains until it is answered.
 * With `stays` Back does not leave the view below it, either.
 */
export function Dialog({ title, onClose, stays = false, class: kind = "", children }) {
  const at = useRef();
  const closing = useRef();
  closing.current = onClose;
  const id = useId();
  useLayoutEffect(() => {
    const dialog = at.current;
    dialog.showModal();
    const release = onClose ? openLayer(() => closing.current?.()) : stays ? openLayer(null) : null;
    return () => {
      dialog.close();
      release?.();
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose?.();
  };
  const outside = (event) => event.target === at.current && onClose?.();
  return (
    <dialog ref={at} class={kind} aria-labelledby={id} onCancel={cancel} onClick={outside}>
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          {onClose && (
            <button type="button" class="button quiet" onClick={onClose}>
              Close
            </button>
          )}
        </header>
        {filesRefusal.value && <FilesRefusal />}
        {children}
      </div>
    </dialog>
  );
}

/** A button, and the dialog that asks before it does anything. `form` is what `useForm` returned. */
export function Question({ label, class: kind = "danger", ...rest }) {
  const isAsking = useSignal(false);
  const close = () => (isAsking.value = false);
  return (
    <>
      <button type="button" class={`button ${kind}`} onClick={() => (isAsking.value = true)}>
        {label}
      </button>
      {isAsking.value && <Asking close={close} {...rest} />}
    </>
  );
}

/** The dialog of a question by itself. */
export function Asking({
  title,
  yes,
  doing,
  no = "Cancel",
  form: { busy, problem, submit, kept, restored },
  fields,
  close,
  children,
}) {
  return (
    <Dialog title={title} onClose={close}>
      <form onSubmit={submit} novalidate {...kept}>
        <Trouble problem={problem} fields={fields} />
        {restored}
        {children}
        <div class="choices">
          <button class="button danger">{busy ? doing : yes}</button>
          <button type="button" class="button quiet" onClick={close}>
            {no}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A question about what cannot be taken back; `field`, where there is one, is what it wants to know. */
export const Deletion = ({ children, ...rest }) => (
  <Question yes="Delete it" doing="Deleting …" no="Keep it" {...rest}>
    {children}
  </Question>
);

export function Avatar({ name, status }) {
  return (
    <span class="avatar" aria-hidden="true">
      {initials(name)}
      {status && <Lamp status={status} />}
    </span>
  );
}

/** For a name that can be taken for that of another member. */
export const LooksAlike = () => (
  <span class="alike" title="Another member has a name that looks like this one.">
    Similar name
  </span>
);

/** Lit where somebody is active, a ring where away, half where busy. The words beside it say the same. */
export const Lamp = ({ status }) => <span class={`lamp ${status}`} aria-hidden="true"></span>;

/** A row of lamps, one for each who is in. */
export function Lamps({ people = [], number = people.length, most = 6 }) {
  const shown = Math.min(number, most);
  if (!shown) return null;
  return (
    <span class="lamps" aria-hidden="true">
      {Array.from({ length: shown }, (_, at) => (
        <Lamp status={people[at]?.status ?? "active"} />
      ))}
    </span>
  );
}

/** The room's table: a lamp for each who is in, and a free seat for each member who is not. */
export function Table({ people = [], number = people.length, seats, most = 10 }) {
  const shown = Math.min(Math.max(seats, number), most);
  const status = (at) => (at < number ? (people[at]?.status ?? "active") : "free");
  return (
    <span class="seats" aria-hidden="true">
      {Array.from({ length: shown }, (_, at) => (
        <Lamp status={status(at)} />
      ))}
    </span>
  );
}

export const Empty = ({ title, children }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);

/** Stands in while something loads, as tall as what comes. */
export const Waiting = ({ rows = 3, kind = "row" }) => (
  <div class="waiting" aria-busy="true">
    <span class="hidden">Loading</span>
    {Array.from({ length: rows }, () => (
      <div class={`bone ${kind}`}></div>
    ))}
  </div>
);

/** How many there are, where there are any, and of what: "open report". */
export const Badge = ({ number, of }) =>
  number > 0 && (
    <span class="badge">
      <span aria-hidden="true">{number > 99 ? "99+" : number}</span>
      <span class="hidden">{count(number, of)}</span>
    </span>
  );

export const Unread = ({ number }) => <Badge number={number} of="unread message" />;
