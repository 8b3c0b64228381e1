/** Time zones by region, for a list to choose from. */

import type { Key } from "../../core/words";

/** Zones of one region; "" for those without. */
export interface ZoneGroup {
  readonly region: string;
  readonly names: readonly string[];
}

const REGIONS = {
  Africa: "account.zonesAfrica",
  America: "account.zonesAmerica",
  Antarctica: "account.zonesAntarctica",
  Asia: "account.zonesAsia",
  Atlantic: "account.zonesAtlantic",
  Australia: "account.zonesAustralia",
  Europe: "account.zonesEurope",
  Indian: "account.zonesIndian",
  Pacific: "account.zonesPacific",
} as const satisfies Record<string, Key>;

/** The message with the name of a region. */
export const regionKey = (region: string): (typeof REGIONS)[keyof typeof REGIONS] | "account.zonesOther" =>
  Object.entries(REGIONS).find(([name]) => name === region)?.[1] ?? "account.zonesOther";

const regionOf = (name: string): string => {
  const [region = ""] = name.split("/");
  return Object.hasOwn(REGIONS, region) ? region : "";
};

/** "Europe/Berlin" as "Berlin", "America/Argentina/La_Rioja" as "Argentina, La Rioja". */
export const zoneLabel = (name: string): string => {
  const parts = regionOf(name) ? name.split("/").slice(1) : [name];
  return parts.join(", ").replaceAll("_", " ");
};

/** The zones of this browser and `more`, by region in the order of the alphabet; those without a region last. */
export function groupZones(more: readonly string[]): ZoneGroup[] {
  const names = [...new Set([...Intl.supportedValuesOf("timeZone"), ...more, "UTC"])].filter(Boolean);
  const byLabel = (one: string, other: string) => zoneLabel(one).localeCompare(zoneLabel(other));
  return [...Object.keys(REGIONS), ""]
    .map((region) => ({ region, names: names.filter((name) => regionOf(name) === region).sort(byLabel) }))
    .filter((group) => group.names.length > 0);
}
