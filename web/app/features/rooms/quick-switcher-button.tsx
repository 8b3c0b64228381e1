/** Button that opens the quick switcher. */

import { t } from "../../core/words";
import { Icon } from "../../ui/icon";
import { isApple, openQuickSwitcher } from "./shortcuts";

/** A button with a magnifying glass, for the layout. */
export function QuickSwitcherButton() {
  const keys = isApple() ? "⌘ K" : `${t("shortcuts.key.control")} K`;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={t("shortcuts.switcher")}
      aria-keyshortcuts={isApple() ? "Meta+K" : "Control+K"}
      title={t("shortcuts.switcherWithKeys", { keys })}
      onClick={openQuickSwitcher}
    >
      <Icon name="search" />
    </button>
  );
}
