/** The button that loads the page again once the server answers. */

import { isUnreachable, loadAgain } from "../core/reload";
import { t } from "../core/words";

/** `first()` is tried before; if it returns something true, the page is not loaded again. */
export function ReloadButton({ first }: { first?: () => Promise<unknown> }) {
  const reload = async () => {
    if (!(await first?.())) await loadAgain();
  };
  return (
    <>
      <button type="button" class="button" onClick={reload}>
        {t("ui.reload")}
      </button>
      <p role="status" class="hint">
        {isUnreachable.value && t("error.unreachable")}
      </p>
    </>
  );
}
