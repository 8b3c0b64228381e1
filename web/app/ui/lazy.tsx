/** Components that are loaded when they are shown first. */

import { signal, useSignal } from "@preact/signals";
import type { ComponentType, FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { on } from "../core/connection";
import { t } from "../core/words";
import { Dialog } from "./dialog";
import { ReloadButton } from "./reload-button";
import { Skeleton } from "./skeleton";

interface LazyOptions {
  /** True to load the component when the page connects, because it is needed without a connection, too. */
  ahead?: boolean;
  /** True to show the placeholder, not an error, if the component cannot be loaded. */
  isOptional?: boolean;
}

/** A lazy component; `fetch()` loads it now. */
export type Lazy<Props> = FunctionComponent<Props> & { readonly fetch: () => Promise<unknown> };

type PropsOf<Component> = Component extends ComponentType<infer Props> ? Props : never;

const loadedAhead: (() => Promise<unknown>)[] = [];

/**
 * A component that is loaded when it is shown first.
 *
 * @param load imports the module.
 * @param name name of the component in the module.
 * @param Placeholder shown until the component is there.
 */
export function lazy<Name extends string, Module extends { readonly [key in Name]: ComponentType<never> }>(
  load: () => Promise<Module>,
  name: Name,
  Placeholder: ComponentType<PropsOf<Module[Name]>> = PageSkeleton,
  { ahead = false, isOptional = false }: LazyOptions = {},
): Lazy<PropsOf<Module[Name]>> {
  type Props = PropsOf<Module[Name]>;
  // shared by all places that show it: it may arrive between the first render of a view and its effects
  const loaded = signal<ComponentType<Props> | null>(null);
  const fetch = async () => (loaded.value ??= (await load())[name] as ComponentType<Props>);
  if (ahead) loadedAhead.push(fetch);
  function LazyComponent(props: Props & object) {
    const isFailed = useSignal(false);
    const retry = () => fetch().catch(() => null);
    useEffect(() => {
      if (loaded.peek()) return;
      fetch().catch((error: unknown) => {
        if (!isOptional) console.error(error);
        isFailed.value = true;
      });
    }, []);
    useEffect(() => on("connect", () => isFailed.peek() && retry()), []);
    if (loaded.value) return <loaded.value {...props} />;
    if (!isFailed.value || isOptional) return <Placeholder {...props} />;
    return <FailedComponent isView={Placeholder === PageSkeleton} onClose={closerOf(props)} retry={retry} />;
  }
  return Object.assign(LazyComponent, { fetch });
}

/** Load the components that are needed without a connection each time the page connects, until they are there. */
export function startLazy(): void {
  // one at a time: over HTTP/1.1, requests for data would wait for them
  on("connect", async () => {
    for (const fetch of loadedAhead) await fetch().catch(() => {});
  });
}

/** The placeholder of what opens over a view. */
export const Nothing = () => null;

const PageSkeleton = () => (
  <section class="page narrow">
    <Skeleton />
  </section>
);

/** The `onClose` of a dialog, by which it is one. */
const closerOf = (props: object): (() => void) | null =>
  "onClose" in props && typeof props.onClose === "function" ? () => (props.onClose as () => void)() : null;

interface FailedComponentProps extends LoadErrorProps {
  isView: boolean;
  onClose: (() => void) | null;
}

/** In place of a view, a dialog or a part of a view that could not be loaded. */
function FailedComponent({ isView, onClose, retry }: FailedComponentProps) {
  if (onClose)
    return (
      <Dialog title={t("ui.notLoadedTitle")} onClose={onClose}>
        <LoadError retry={retry} />
      </Dialog>
    );
  if (!isView) return <LoadError retry={retry} />;
  return (
    <section class="page narrow">
      <LoadError retry={retry} />
    </section>
  );
}

interface LoadErrorProps {
  retry: () => Promise<unknown>;
}

/** The server cannot be reached, or has another version than the page by now. */
const LoadError = ({ retry }: LoadErrorProps) => (
  <div class="error-message" role="alert">
    <p>{t("ui.notLoaded")}</p>
    <ReloadButton first={retry} />
  </div>
);
