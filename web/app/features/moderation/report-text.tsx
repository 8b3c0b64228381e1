/** Texts of reports. */

import type { ComponentChildren } from "preact";
import { messageText } from "../../core/notices";
import type { Report } from "../../core/types";
import { Name } from "../../ui/name";
import { RelativeTime } from "../../ui/relative-time";
import { Words } from "../../ui/words";

interface ReportProps {
  report: Report;
}

/** The reported text, its author, the reason and the reporter. `children` follow them. */
export function ReportText({ report, children }: ReportProps & { children?: ComponentChildren }) {
  const { message, reason, reporter, createdAt, resolvedBy, resolvedAt } = report;
  return (
    <div class="row-text">
      <blockquote class="quote words" dir="auto">
        {messageText(message)}
      </blockquote>
      <span class="hint">
        <Subject report={report} />
      </span>
      {reason && (
        <p class="words" dir="auto">
          {reason}
        </p>
      )}
      <span class="hint">
        <Words of="moderation.reportedBy" name={<Name of={reporter.name} />} time={<RelativeTime at={createdAt} />} />
      </span>
      {resolvedBy && resolvedAt && (
        <span class="hint">
          <Words of="moderation.resolvedBy" name={<Name of={resolvedBy.name} />} time={<RelativeTime at={resolvedAt} />} />
        </span>
      )}
      {children}
    </div>
  );
}

function Subject({ report: { kind, message, accused } }: ReportProps) {
  const name = accused && <Name of={accused.name} />;
  const time = <RelativeTime at={message.timestamp} />;
  if (kind === "user") return <Words of="moderation.profileOf" name={name} />;
  if (kind === "room")
    return name ? <Words of="moderation.roomProfileOf" name={name} /> : <Words of="moderation.roomProfile" />;
  if (message.sender) return <Words of="moderation.messageOf" name={<Name of={message.sender.name} />} time={time} />;
  return name ? <Words of="moderation.noticeAbout" name={name} time={time} /> : <Words of="moderation.notice" time={time} />;
}
