/** Modal dialogs. */

import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { openLayer } from "../core/layers";
import { t } from "../core/words";
import { filesError } from "./file-drops";
import { FilesNotice } from "./files-notice";
import { Icon } from "./icon";

interface DialogProps {
  title: ComponentChildren;
  /** Called by Escape, Back and a button. Without it the dialog remains until it is answered. */
  onClose?: (() => void) | null;
  /** True if Back leaves neither a dialog without `onClose` nor the view below it. */
  stays?: boolean;
  class?: string;
  children?: ComponentChildren;
}

export function Dialog({ title, onClose, stays = false, class: kind = "", children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    const release = onClose ? openLayer(() => close.current?.()) : stays ? openLayer(null) : null;
    return () => {
      element?.close();
      release?.();
    };
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  const closeFromBackdrop = (event: TargetedMouseEvent<HTMLDialogElement>) => {
    if (event.target === event.currentTarget) onClose?.();
  };
  return (
    <dialog ref={dialog} class={kind} aria-labelledby={id} onCancel={cancel} onClick={closeFromBackdrop}>
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          {onClose && (
            <button type="button" class="icon-button" aria-label={t("ui.close")} title={t("ui.close")} onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {filesError.value && <FilesNotice />}
        {children}
      </div>
    </dialog>
  );
}
