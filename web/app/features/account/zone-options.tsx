/** Options of a list of time zones, by region. */

import type { JSX } from "preact";
import { t } from "../../core/words";
import { SelectOption } from "../../ui/select-option";
import { groupZones, regionKey, zoneLabel } from "./zones";

interface ZoneOptionsProps {
  /** The zone that is selected. */
  zone: string;
  /** Zones to offer in any case. */
  more?: readonly string[];
}

export const ZoneOptions = ({ zone, more = [] }: ZoneOptionsProps): JSX.Element => (
  <>
    {groupZones([zone, ...more]).map(({ region, names }) => (
      <optgroup label={t(regionKey(region))} key={region}>
        {names.map((name) => (
          <SelectOption value={name} isDefault={name === zone} lang="en" key={name}>
            {zoneLabel(name)}
          </SelectOption>
        ))}
      </optgroup>
    ))}
  </>
);
