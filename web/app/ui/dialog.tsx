// @ts-nocheck
/** Modal dialogs. */

import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { openLayer } from "../core/layers";
import { t } from "../core/words";
import { filesError } from "./file-drops";
import { FilesNotice } from "./files-notice";
import { Icon } from "./icon";

/**
 * A modal dialog. With `onClose` it can be closed by Escape, Back and a button; without, it remains until it is answered.
 * With `stays` Back does not leave the view below it, either.
 */
export function Dialog({ title, onClose, stays = false, class: kind = "", children }) {
  const at = useRef();
  const closing = useRef();
  closing.current = onClose;
  const id = useId();
  useLayoutEffect(() => {
    const dialog = at.current;
    dialog.showModal();
    const release = onClose ? openLayer(() => closing.current?.()) : stays ? openLayer(null) : null;
    return () => {
      dialog.close();
      release?.();
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose?.();
  };
  const outside = (event) => event.target === at.current && onClose?.();
  return (
    <dialog ref={at} class={kind} aria-labelledby={id} onCancel={cancel} onClick={outside}>
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
