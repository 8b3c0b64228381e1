/** Texts of messages and notices. Everything that users wrote is rendered as text, with links. */

import type { ComponentChildren } from "preact";
import { withLinks } from "../../core/links";
import { isOwn } from "../../core/router";
import { UserText } from "../../ui/user-text";

const opensHere = (href: string): boolean => href.startsWith("mailto:") || isOwn(href);

// addresses read from left to right, also in text that does not
const linked = (text: string): ComponentChildren[] =>
  withLinks(text).map(({ text, href, host }) =>
    href ? (
      <a href={href} dir="ltr" target={opensHere(href) ? undefined : "_blank"} rel="noopener noreferrer nofollow">
        {text}
        {host && <small> ({host})</small>}
      </a>
    ) : (
      text
    ),
  );

export const MessageText = ({ text }: { text: string }) => <UserText text={text}>{linked(text)}</UserText>;

// Names in notices of the server are quoted, and have no links. Early versions did not quote them.
const QUOTED = /([“„][^“”„]*[”“])/;
const NOT_QUOTED = / (?:joined by invitation|removed .+|made .+ a moderator)$/;

/** The text of a system message. */
export const NoticeText = ({ text }: { text: string }) => (
  <UserText text={text}>
    {text.split(QUOTED).map((part, at) => (at % 2 ? <bdi>{part}</bdi> : NOT_QUOTED.test(text) ? part : linked(part)))}
  </UserText>
);
