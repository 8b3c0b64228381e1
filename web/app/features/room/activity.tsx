/** Text about what a user works on. */

import type { JSX } from "preact";

export const Activity = ({ text }: { text: string }): JSX.Element => (
  <bdi class="person-activity" dir="auto">
    {text}
  </bdi>
);
