/** Text of several lines by users. */

import type { ComponentChildren } from "preact";
import { lazy } from "./lazy";

/** Characters of a text that is folded if it takes too much space. */
const LONG = 600;
const LINE = " ".repeat(30);

interface UserTextProps {
  text: string;
  class?: string;
  /** Elements to show for the text, such as links. */
  children?: ComponentChildren;
}

export interface ParagraphProps {
  class?: string;
  children: ComponentChildren;
}

const Paragraph = ({ class: kind = "", children }: ParagraphProps) => (
  <p class={`words ${kind}`} dir="auto">
    {children}
  </p>
);

const FoldedText = lazy(() => import("./folded-text"), "FoldedText", Paragraph, { ahead: true, isOptional: true });

/** True if a text may take more than 20 lines on a small screen, with room for wide letters. */
const isLong = (text: string) => text.replace(/\n/g, LINE).replace(/[^ -~]/g, "    ").length > LONG;

export const UserText = ({ text, class: kind = "", children = text }: UserTextProps) =>
  isLong(text) ? <FoldedText class={kind}>{children}</FoldedText> : <Paragraph class={kind}>{children}</Paragraph>;
