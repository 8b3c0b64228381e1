/** Empty states of lists. */

import type { ComponentChildren } from "preact";

export const EmptyState = ({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);
