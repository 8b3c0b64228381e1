// @ts-nocheck
/** A report: what it is about, why, and from whom. */

import { ago, moment } from "../../core/format";

export const When = ({ at }) => (
  <time datetime={at} title={moment(at)}>
    {ago(at)}
  </time>
);

const WHAT = {
  message: ({ message, accused }) =>
    message.sender ? (
      <>
        From{" "}
        <b>
          <bdi>{message.sender.name}</bdi>
        </b>
        , <When at={message.timestamp} />
      </>
    ) : (
      <>
        Notice of the room
        {accused && (
          <>
            , posted by or about{" "}
            <b>
              <bdi>{accused.name}</bdi>
            </b>
          </>
        )}
        , <When at={message.timestamp} />
      </>
    ),
  user: ({ accused }) => (
    <>
      Name or picture of{" "}
      <b>
        <bdi>{accused?.name}</bdi>
      </b>
    </>
  ),
  room: ({ accused }) => (
    <>
      Name, description or picture of the room
      {accused && (
        <>
          , owner{" "}
          <b>
            <bdi>{accused.name}</bdi>
          </b>
        </>
      )}
    </>
  ),
};

export function ReportText({ report, children }) {
  const { kind, message, reason, reporter, createdAt, resolvedBy, resolvedAt } = report;
  return (
    <div class="row-text">
      <blockquote class="quote words" dir="auto">
        {message.content}
      </blockquote>
      <span class="hint">{(WHAT[kind] ?? WHAT.message)(report)}</span>
      {reason && (
        <p class="words" dir="auto">
          {reason}
        </p>
      )}
      <span class="hint">
        Reported by{" "}
        <b>
          <bdi>{reporter.name}</bdi>
        </b>
        , <When at={createdAt} />
        {resolvedBy && (
          <>
            ; settled by{" "}
            <b>
              <bdi>{resolvedBy.name}</bdi>
            </b>
            , <When at={resolvedAt} />
          </>
        )}
      </span>
      {children}
    </div>
  );
}
