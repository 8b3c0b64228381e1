// @ts-nocheck
/** What was said, as it is read. Everything written by people becomes text, and nothing else. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connection } from "../../core/connection";
import { day, moment, time } from "../../core/format";
import { withLinks } from "../../core/links";
import { isOwn } from "../../core/router";
import { UserText } from "../../ui/user-text";
import { Avatar } from "../../ui/avatar";
import { ConfirmButton } from "../../ui/confirm-button";
import { Countdown } from "../../ui/countdown";
import { useForm } from "../../ui/form";
import { SimilarName } from "../../ui/similar-name";
import { discard, pausedUntil, resend } from "./outbox";

// Addresses read from left to right, also in text that does not.
const linked = (words) =>
  withLinks(words).map(({ text, href, host }) =>
    href ? (
      <a href={href} dir="ltr" target={isInTab(href) ? null : "_blank"} rel="noopener noreferrer nofollow">
        {text}
        {host && <small>({host})</small>}
      </a>
    ) : (
      text
    ),
  );

const Words = ({ text }) => <UserText text={text}>{linked(text)}</UserText>;

// Names in the room's sentences are quoted, and nothing in them is a link. They were not always quoted.
const QUOTED = /(“[^“”]*”)/;
const NOT_QUOTED = / (?:joined by invitation|removed .+|made .+ a moderator)$/;
const Sentence = ({ text }) => (
  <UserText text={text}>
    {text.split(QUOTED).map((part, at) => (at % 2 ? <bdi>{part}</bdi> : NOT_QUOTED.test(text) ? part : linked(part)))}
  </UserText>
);

const isInTab = (href) => href.startsWith("mailto:") || isOwn(href);

const Time = ({ at }) => (
  <time datetime={at} title={moment(at)}>
    {time(at)}
  </time>
);

export const Day = ({ at }) => (
  <li class="day">
    <span>{day(at)}</span>
  </li>
);

export const UnreadLine = () => (
  <li class="unread-line">
    <span>New from here</span>
  </li>
);

export function Message({ message, isFirst, isOwn, looksAlike, about, isStop }) {
  const { content, sender, timestamp, isSystem, seq, entry } = message;
  if (isSystem)
    return (
      <li class="system" data-seq={seq}>
        <Sentence text={content} />
        <Time at={timestamp} />
        {about && <About message={message} about={about} isStop={isStop} />}
      </li>
    );
  const kind = `message ${isOwn ? "own" : "other"} ${isFirst ? "first" : ""} ${entry ? (entry.reason ? "refused" : "pending") : ""}`;
  return (
    <li class={kind} data-seq={seq}>
      {isFirst && !isOwn && <Avatar name={sender?.name ?? "?"} />}
      <div class={`said-by ${isFirst ? "" : "hidden"}`}>
        <b class={isOwn ? "hidden" : ""}>
          <bdi>{isOwn ? "You" : (sender?.name ?? "Somebody")}</bdi>
        </b>{" "}
        <Time at={timestamp} />
        {looksAlike && <SimilarName />}
      </div>
      <Words text={content} />
      {about && <About message={message} about={about} isStop={isStop} />}
      {entry && (entry.reason ? <Refused entry={entry} /> : message.isLast && <OnItsWay />)}
    </li>
  );
}

/** For a message that cannot be shown as others are: its text. */
export const PlainMessage = ({ message: { content, seq } }) => (
  <li class="message other first" data-seq={seq}>
    <p class="words folded" dir="auto">
      {String(content ?? "")}
    </p>
  </li>
);

// One of them is a stop of the Tab key; from there the arrows lead to the others. See MessageList.
const About = ({ message, about, isStop }) => (
  <button
    type="button"
    class="button quiet dots about"
    tabindex={isStop ? 0 : -1}
    aria-label={message.sender ? `About the message from ${message.sender.name}` : "About this notice"}
    onClick={() => about(message)}
  >
    <span aria-hidden="true">⋯</span>
  </button>
);

function Refused({ entry }) {
  const form = useForm(async () => discard(entry.id));
  return (
    <div class="fate" role="alert">
      <span>Not sent. {entry.reason}</span>
      <button type="button" class="button plain" onClick={() => resend(entry.id)}>
        Try again
      </button>
      <ConfirmButton
        label="Remove"
        class="quiet"
        title="Remove this message?"
        confirm="Remove it"
        busyLabel="Removing …"
        cancel="Keep it"
        form={form}
      >
        <p>It was not sent, and is nowhere else: it cannot be brought back.</p>
        <blockquote class="quote words" dir="auto">
          {entry.content}
        </blockquote>
      </ConfirmButton>
    </div>
  );
}

// What is confirmed at once, as nearly everything is, gets by without a word.
const SOON = 600;

function OnItsWay() {
  const isLate = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => (isLate.value = true), SOON);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate.value) return null;
  return <div class="fate">{fate()}</div>;
}

function fate() {
  if (pausedUntil.value)
    return (
      <span role="status">
        A little slower, please: sent in <Countdown until={pausedUntil.value} />.
      </span>
    );
  return connection.value === "online" ? "Sending …" : "Waits for the connection";
}
