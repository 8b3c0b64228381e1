/** Messages whose parameters or parts are elements. */

import { type ComponentChildren, Fragment, type JSX } from "preact";
import { figure, type Key, pattern } from "../core/words";

type Wrap = (words: ComponentChildren) => JSX.Element;
type Part = ComponentChildren | Wrap;

const TOKEN = /\{(\w+)\}|<(\w+)>(.*?)<\/\2>/gs;

/**
 * A message with elements in it. Each `{name}` becomes the value of that name; each `<name>words</name>` what the function of
 * that name returns for the words:
 * `<Words of="auth.haveAccount" link={(words) => <a href="/sign-in">{words}</a>} />`.
 */
export function Words({ of, ...values }: { of: Key; count?: number } & { [name: string]: Part }): JSX.Element {
  return <>{parts(pattern(of, values.count as number | undefined), values)}</>;
}

function parts(text: string, values: { [name: string]: Part }): ComponentChildren[] {
  const found: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, name, tag, inner] = match;
    found.push(text.slice(end, match.index));
    end = match.index + whole.length;
    const value = values[name ?? tag ?? ""];
    if (tag) found.push(<Fragment key={match.index}>{(value as Wrap)(parts(inner ?? "", values))}</Fragment>);
    else found.push(typeof value === "number" ? figure(value) : (value as ComponentChildren));
  }
  found.push(text.slice(end));
  return found;
}
