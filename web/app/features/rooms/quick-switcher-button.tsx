/** Button that opens the quick switcher. */

import { t } from "../../core/words";
import { isApple, openQuickSwitcher } from "./shortcuts";

/** A button with a magnifying glass, for the layout. */
export function QuickSwitcherButton() {
  const keys = isApple() ? "⌘ K" : `${t("shortcuts.key.control")} K`;
  return (
    <button
      type="button"
      class="button quiet icon-button"
      aria-label={t("shortcuts.switcher")}
      aria-keyshortcuts={isApple() ? "Meta+K" : "Control+K"}
      title={t("shortcuts.switcherWithKeys", { keys })}
      onClick={openQuickSwitcher}
    >
      <svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
        <circle cx="11" cy="11" r="6.5" />
        <path d="m16 16 4.500 4.500" stroke-linecap="round" />
      </svg>
    </button>
  );
}
