/** Moments in the past, relative to the present. */

import { ago, moment } from "../core/format";

/** "5 minutes ago", with the date and time as its title. */
export const RelativeTime = ({ at }: { at: string }) => (
  <time dateTime={at} title={moment(at)}>
    {ago(at)}
  </time>
);
