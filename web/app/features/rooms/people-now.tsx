/** Other users in a room, each with what they work on. */

import type { JSX } from "preact";
import { t } from "../../core/words";
import { Avatar } from "../../ui/avatar";
import { Icon } from "../../ui/icon";
import { Name } from "../../ui/name";
import type { People } from "./home-groups";

export const PeopleNow = ({ of: { people, more } }: { of: People }): JSX.Element => (
  <ul class="people-now">
    {people.map(({ id, name, activity, isFocusing }) => (
      <li key={id}>
        <Avatar id={id} name={name} />
        <span class="person-now">
          <Name of={name} />
          {activity && (
            <>
              {" · "}
              <bdi dir="auto">{activity}</bdi>
            </>
          )}
        </span>
        {isFocusing && (
          <span class="focusing">
            <Icon name="clock" />
            {t("rooms.focusing")}
          </span>
        )}
      </li>
    ))}
    {more > 0 && <li>{t("rooms.morePeople", { count: more })}</li>}
  </ul>
);
