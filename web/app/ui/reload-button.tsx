// @ts-nocheck
import { isUnreachable, loadAgain } from "../core/reload";

/** The button that loads the page again once the server answers. `first()` is tried before; true ends it. */
export function ReloadButton({ first }: { first?: () => Promise<unknown> }) {
  const act = async () => (await first?.()) || loadAgain();
  return (
    <>
      <button type="button" class="button plain" onClick={act}>
        Load the page again
      </button>
      <p role="status" class="hint">
        {isUnreachable.value && "The server cannot be reached. Check your connection, then try again."}
      </p>
    </>
  );
}
