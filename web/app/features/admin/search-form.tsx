/** The search of a list of the administration. */

import type { Signal } from "@preact/signals";
import type { TargetedEvent } from "preact";

interface SearchFormProps {
  text: Signal<string>;
  submit: () => void;
  label: string;
  placeholder: string;
}

/** A search field; `text` follows it, `submit()` is called by Enter. */
export function SearchForm({ text, submit, label, placeholder }: SearchFormProps) {
  const onSubmit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    submit();
  };
  return (
    <form role="search" onSubmit={onSubmit}>
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        maxLength={100}
        dir="auto"
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
    </form>
  );
}
