/** Dialog with all keys of the page. */

import { Fragment } from "preact";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { isApple, setUsesQuestionMark, usesQuestionMark } from "./shortcuts";

interface Shortcut {
  /** Keys that are pressed together; several for alternatives. */
  keys: readonly (readonly string[])[];
  action: string;
}

/** The keys by subject, in words of the language. */
function shortcuts(): readonly { readonly name: string; readonly list: readonly Shortcut[] }[] {
  const command = isApple() ? "⌘" : t("shortcuts.key.control");
  const alt = isApple() ? "⌥" : t("shortcuts.key.alt");
  const shift = isApple() ? "⇧" : t("shortcuts.key.shift");
  const enter = t("shortcuts.key.enter");
  return [
    {
      name: t("shortcuts.everywhere"),
      list: [
        { keys: [[command, "K"]], action: t("shortcuts.switcher") },
        {
          keys: [
            [alt, "↑"],
            [alt, "↓"],
          ],
          action: t("shortcuts.otherRoom"),
        },
        {
          keys: [
            [alt, shift, "↑"],
            [alt, shift, "↓"],
          ],
          action: t("shortcuts.unreadRoom"),
        },
        { keys: [["?"], [command, "/"]], action: t("shortcuts.showKeys") },
        { keys: [[t("shortcuts.key.escape")]], action: t("shortcuts.closeDialog") },
      ],
    },
    {
      name: t("shortcuts.inRoom"),
      list: [
        { keys: [[enter]], action: t("shortcuts.send") },
        { keys: [[shift, enter]], action: t("shortcuts.newLine") },
        { keys: [[t("shortcuts.key.letters")]], action: t("shortcuts.startMessage") },
      ],
    },
    {
      name: t("shortcuts.inLists"),
      list: [
        { keys: [["↑"], ["↓"]], action: t("shortcuts.moveInList") },
        { keys: [[t("shortcuts.key.home")], [t("shortcuts.key.end")]], action: t("shortcuts.endsOfList") },
      ],
    },
  ];
}

/** The dialog; the key "?" can be turned off in it. */
export const KeysDialog = ({ onClose }: { onClose: () => void }) => (
  <Dialog title={t("shortcuts.keys")} onClose={onClose}>
    {shortcuts().map(({ name, list }) => (
      <section class="action" key={name}>
        <h3>{name}</h3>
        <dl class="keys-list">
          {list.map(({ keys, action }) => (
            <div key={action}>
              <dt>{action}</dt>
              <dd>{keys.map(combination)}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
    <label class="tick">
      <input
        type="checkbox"
        defaultChecked={usesQuestionMark()}
        onChange={(event) => setUsesQuestionMark(event.currentTarget.checked)}
      />
      <span>{t("shortcuts.useQuestionMark")}</span>
    </label>
  </Dialog>
);

const combination = (keys: readonly string[], at: number) => (
  <span class="key-combination" key={at}>
    {keys.map((key) => (
      <Fragment key={key}>
        <kbd>{key}</kbd>{" "}
      </Fragment>
    ))}
  </span>
);
