// @ts-nocheck
/** Views that few people open: fetched when they are opened. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { on } from "../core/connection";
import { ReloadButton } from "./reload-button";
import { Skeleton } from "./skeleton";

/**
 * Give the component that `load` (`() => import("../features/admin/admin")`) exports under this name, with `Meanwhile` until it is there. With
 * `ahead` it is fetched when there is a connection, because it is wanted when there is none; `fetch()` of the component fetches it now.
 */
export function lazy(load, name, Meanwhile = Page, { ahead = false } = {}) {
  // one for all that show it: it may come between the first drawing of a view and its effects
  const view = signal(null);
  const fetched = () => load().then((module) => (view.value = module[name]));
  if (ahead) on("connect", () => view.peek() ?? fetched().catch(() => {}));
  function Later(props) {
    const isFailed = useSignal(false);
    const again = () => fetched().catch(() => false);
    useEffect(() => {
      if (!view.peek())
        fetched().catch((error) => {
          console.error(error);
          isFailed.value = true;
        });
    }, []);
    useEffect(() => on("connect", () => isFailed.peek() && again()), []);
    if (view.value) return <view.value {...props} />;
    return isFailed.value ? <Missing again={again} /> : <Meanwhile />;
  }
  return Object.assign(Later, { fetch: fetched });
}

/** For what opens over a view: a moment of nothing. */
export const Nothing = () => null;

const Page = () => (
  <section class="page narrow">
    <Skeleton />
  </section>
);

// The server is not there, or was updated since the page was loaded. What was written is kept through a reload.
const Missing = ({ again }) => (
  <section class="page narrow">
    <div class="error-message" role="alert">
      <p>This part of the page could not be fetched. Nothing that you wrote is lost.</p>
      <ReloadButton first={again} />
    </div>
  </section>
);
