import { h } from "preact";
import htm from "htm";
import { base, placed } from "./base.js";

// links name paths of ours; what the browser opens, copies and shows has the path that the server is below, too
const create = (type, props, ...children) =>
  h(type, base && type === "a" && props?.href ? { ...props, href: placed(props.href) } : props, ...children);

export const html = htm.bind(create);
