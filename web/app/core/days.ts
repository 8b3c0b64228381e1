/** Rules of days that the browser knows: its time zone, and the first day of the week of its region. */

import type { Me } from "./types";

type WeekStart = Me["weekStartsOn"];

const FIRST_DAYS: Readonly<Record<number, WeekStart>> = { 1: "monday", 6: "saturday", 7: "sunday" };

/** The time zone of this browser; undefined if it has no name. */
export const browserZone = (): string | undefined => Intl.DateTimeFormat().resolvedOptions().timeZone || undefined;

interface WeekInfo {
  readonly firstDay: number;
}

/** The first day of the week in the region of a locale; undefined if the browser does not know it. */
export function firstWeekday(tag: string = navigator.language): WeekStart | undefined {
  const region = new Intl.Locale(tag) as Intl.Locale & { weekInfo?: WeekInfo; getWeekInfo?: () => WeekInfo };
  const info = region.getWeekInfo?.() ?? region.weekInfo;
  return info && FIRST_DAYS[info.firstDay];
}
