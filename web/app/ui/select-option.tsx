/** Options of select boxes. */

import type { ComponentChildren } from "preact";

interface SelectOptionProps {
  value: string | number;
  /** True for the option that is selected at first, and again after a reset of the form. */
  isDefault?: boolean;
  /** Language of the text, if it is not that of the page. */
  lang?: string;
  children: ComponentChildren;
}

/** An option; `defaultSelected` is a property that the types of Preact lack. */
export const SelectOption = ({ value, isDefault = false, lang, children }: SelectOptionProps) => (
  <option value={value} lang={lang} {...{ defaultSelected: isDefault }}>
    {children}
  </option>
);
