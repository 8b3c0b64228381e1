import type { ComponentChildren } from "preact";

/** A part of the account's view under its heading. */
export const Section = ({ id, title, children }: { id: string; title: string; children: ComponentChildren }) => (
  <section class="part" aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
);
