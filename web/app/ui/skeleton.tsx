/** Placeholders of content that is loading, about as tall as the content. */

import { t } from "../core/words";

interface SkeletonProps {
  rows?: number;
  kind?: "row" | "indented";
}

export const Skeleton = ({ rows = 3, kind = "row" }: SkeletonProps) => (
  <div class="skeleton" aria-busy="true">
    <span class="hidden">{t("ui.loading")}</span>
    {Array.from({ length: rows }, (_, index) => (
      <div class={`skeleton-row ${kind}`} key={index}></div>
    ))}
  </div>
);
