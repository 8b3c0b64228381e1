// @ts-nocheck
/** EmptyState states of lists. */

export const EmptyState = ({ title, children }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);
