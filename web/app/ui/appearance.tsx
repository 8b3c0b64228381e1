/** Choice of theme and density, stored in this browser. start.ts applies it in all tabs. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { read, write } from "../core/local-store";
import { t } from "../core/words";
import { Field } from "./form";

const NAME = "appearance";
const THEMES = ["system", "light", "dark", "contrast"] as const;
const DENSITIES = ["normal", "compact"] as const;

interface Choice {
  theme?: string;
  density?: string;
}

const load = (): Choice => {
  const stored = read(NAME);
  return typeof stored === "object" && stored ? stored : {};
};

export function Appearance() {
  const choice = useSignal(load());
  useEffect(() => {
    const update = () => {
      choice.value = load();
    };
    addEventListener("storage", update);
    return () => removeEventListener("storage", update);
  }, []);
  const choose = (change: Choice) => {
    choice.value = { ...choice.peek(), ...change };
    write(NAME, choice.value);
    dispatchEvent(new CustomEvent<Choice>("appearance", { detail: choice.value }));
  };
  return (
    <div class="side-by-side">
      <Field
        as="select"
        label={t("ui.theme")}
        name="theme"
        value={choice.value.theme ?? "system"}
        onChange={(event: Event) => choose({ theme: chosen(event) })}
      >
        {THEMES.map((theme) => (
          <option key={theme} value={theme}>
            {t(`ui.theme.${theme}`)}
          </option>
        ))}
      </Field>
      <Field
        as="select"
        label={t("ui.density")}
        name="density"
        value={choice.value.density ?? "normal"}
        onChange={(event: Event) => choose({ density: chosen(event) })}
      >
        {DENSITIES.map((density) => (
          <option key={density} value={density}>
            {t(`ui.density.${density}`)}
          </option>
        ))}
      </Field>
    </div>
  );
}

const chosen = ({ currentTarget }: Event) => (currentTarget instanceof HTMLSelectElement ? currentTarget.value : "");
