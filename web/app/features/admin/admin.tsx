// @ts-nocheck
/** The server, for who runs it: figures, and the people who have an account. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ago, count, figure, moment } from "../../core/format";
import { isAdmin } from "../../core/permissions";
import { user } from "../../core/session";
import { verifies } from "../../ui/form-rules";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { useForm } from "../../ui/form";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { AccountInvites } from "./account-invites";
import { Announce } from "./announce";
import { admin as api } from "./api";
import { Applicants } from "./applicants";
import { Promotions, Propose } from "./promotions";
import { AllReports } from "./reports";
import { AllRooms } from "./rooms";

const TYPING = 250;
const EVERY = 15_000;

/** Looks for a name in a list of the page, and shows where. */
const finding = (search, id) => (name) => {
  search.value = name;
  document.getElementById(id).focus();
};

export function Admin() {
  const person = useSignal("");
  const room = useSignal("");
  const reported = useSignal(null);
  const changes = useSignal(0);
  const proposals = useSignal(0);
  return (
    <section class="page narrow">
      <Heading title="Administration" />
      {isAdmin() ? (
        <>
          <Figures />
          <Applicants changed={() => changes.value++} />
          <AllReports
            room={reported}
            findPerson={finding(person, "find-person")}
            findRoom={finding(room, "find-room")}
            changed={() => changes.value++}
          />
          <AllRooms
            search={room}
            changes={changes.value}
            showReports={(one) => ((reported.value = one), document.getElementById("all-reports").focus())}
          />
          <AccountInvites />
          <Announce />
          <Promotions changes={proposals.value} changed={() => changes.value++} />
          <Users search={person} changes={changes.value} proposed={() => proposals.value++} />
        </>
      ) : (
        <p>This page is for admins.</p>
      )}
    </section>
  );
}

const NAMES = {
  users: "accounts",
  rooms: "rooms",
  messages: "messages",
  onlineNow: "in a room now",
  sockets: "connections",
  openReports: "open reports",
};

function Figures() {
  const found = useSignal(null);
  const problem = useSignal(null);
  useEffect(() => {
    const load = () =>
      api.figures().then(
        (figures) => ((found.value = figures), (problem.value = null)),
        (failed) => (problem.value = failed),
      );
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), EVERY);
    return () => clearInterval(timer);
  }, []);
  if (!found.value) return problem.value ? <ErrorMessage problem={problem.value} /> : <Skeleton rows={1} kind="card" />;
  return (
    <>
      <dl class="amounts">
        {Object.entries(NAMES).map(([name, words]) => (
          <div key={name}>
            <dt>{words}</dt>
            <dd class="figures">{figure(found.value[name])}</dd>
          </div>
        ))}
      </dl>
      <SignUps days={found.value.signUps} />
    </>
  );
}

const TALL = 48;

function SignUps({ days }) {
  const most = Math.max(1, ...days.map((day) => day.count));
  const sum = days.reduce((all, day) => all + day.count, 0);
  const words = `${count(sum, "new account")} in the last ${days.length} days`;
  return (
    <figure class="sign-ups">
      <svg viewBox={`0 0 ${days.length * 10} ${TALL}`} preserveAspectRatio="none" role="img" aria-label={words}>
        {days.map(({ count: number }, at) => {
          const height = number ? Math.max(2, (number / most) * TALL) : 1;
          return <rect class={number ? "some" : ""} x={at * 10 + 1} y={TALL - height} width="8" height={height} key={at} />;
        })}
      </svg>
      <figcaption class="hint">{words}</figcaption>
    </figure>
  );
}

function Users({ search, changes, proposed }) {
  const rows = usePagedList(async (cursor) => {
    const { users, nextCursor } = await api.users({ search: search.peek(), cursor });
    return { items: users, next: nextCursor };
  });
  useEffect(() => {
    if (!rows.items && !search.value) return; // the first ones are on their way already
    const timer = setTimeout(() => rows.load(), TYPING);
    return () => clearTimeout(timer);
  }, [search.value, changes]);
  return (
    <section class="part" aria-labelledby="people">
      <header class="row-head">
        <h2 id="people">People</h2>
        <form role="search" onSubmit={(event) => (event.preventDefault(), rows.load())}>
          <input
            type="search"
            id="find-person"
            aria-label="Search people"
            placeholder="Name or email"
            maxlength="100"
            dir="auto"
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
        </form>
      </header>
      <PagedList
        rows={rows}
        label="People"
        empty="Nobody is called that."
        row={(person) => <Person person={person} rows={rows} proposed={proposed} />}
      />
    </section>
  );
}

function Person({ person: { id, name, email, role, disabled, pending, createdAt, lastLogin, verifiedAt }, rows, proposed }) {
  const words = [
    role === "admin" && "admin",
    disabled && "disabled",
    pending && "waiting for approval",
    verifies && !verifiedAt && "email not verified",
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <>
      <span class="row-text">
        <span>
          <b>
            <bdi>{name}</bdi>
          </b>
          {words && `, ${words}`}
        </span>
        <bdi>{email}</bdi>
        <span class="hint">
          Since{" "}
          <time datetime={createdAt} title={moment(createdAt)}>
            {ago(createdAt)}
          </time>
          {lastLogin && (
            <>
              , last signed in{" "}
              <time datetime={lastLogin} title={moment(lastLogin)}>
                {ago(lastLogin)}
              </time>
            </>
          )}
        </span>
      </span>
      {role !== "admin" && !disabled && !pending && (verifiedAt || !verifies) && (
        <Propose id={id} name={name} proposed={proposed} />
      )}
      {id !== user.value.id && role === "admin" && <Demote id={id} name={name} rows={rows} />}
      {id !== user.value.id &&
        (disabled ? (
          <button
            type="button"
            class="button plain"
            aria-label={`Enable ${name}`}
            onClick={() => rows.act(id, () => api.change(id, { disabled: false }))}
          >
            {rows.busy === id ? "Enabling …" : "Enable"}
          </button>
        ) : (
          <Disable id={id} name={name} rows={rows} />
        ))}
    </>
  );
}

function Demote({ id, name, rows }) {
  const form = useForm(async () => {
    await api.change(id, { role: "student" });
    await rows.load();
  });
  return (
    <ConfirmButton
      label={
        <>
          Take the role<span class="hidden"> of admin from {name}</span>
        </>
      }
      title="Take the role of admin away?"
      confirm="Take it away"
      busyLabel="Taking it away …"
      form={form}
    >
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        keeps the account and the rooms. Two admins can make them an admin again.
      </p>
    </ConfirmButton>
  );
}

function Disable({ id, name, rows }) {
  const form = useForm(async () => {
    await api.change(id, { disabled: true });
    await rows.load();
  });
  return (
    <ConfirmButton
      label={
        <>
          Disable<span class="hidden"> {name}</span>
        </>
      }
      title="Disable this account?"
      confirm="Disable it"
      busyLabel="Disabling …"
      form={form}
    >
      <p>
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        is signed out everywhere at once, and cannot sign in until the account is enabled again. Nothing is deleted.
      </p>
    </ConfirmButton>
  );
}
