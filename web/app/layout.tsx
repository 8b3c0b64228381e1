// @ts-nocheck
/** What surrounds every view: the name of the house, the ways around it, and who is signed in. */

import { isAdmin } from "./core/permissions";
import { onward, route } from "./core/router";
import { user } from "./core/session";
import { unreadTotal } from "./features/rooms/my-rooms";
import { registration } from "./ui/form-rules";
import { Avatar } from "./ui/avatar";
import { UnreadBadge } from "./ui/badge";

export const Logo = () => (
  <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
    <path class="shade" d="M6 15c0-4.800 4.400-8 10-8s10 3.200 10 8z" />
    <path class="stand" d="M16 15v9M10.500 25h11" />
  </svg>
);

function NavLink({ to, views, children }) {
  const isHere = views.includes(route.value.name);
  return (
    <a class="way" href={to} aria-current={isHere ? "page" : null}>
      {children}
    </a>
  );
}

export function Layout({ bare, empty, children }) {
  return (
    <div class="shell">
      <header class="bar">
        <a class="brand" href={bare ? "/" : "/dashboard"}>
          <Logo />
          <span>Studyhall</span>
        </a>
        <nav aria-label="Main">
          {empty ? null : bare ? (
            <>
              <NavLink to={`/sign-in${onward()}`} views={["sign-in"]}>
                Sign in
              </NavLink>
              {registration === "open" && (
                <NavLink to={`/sign-up${onward()}`} views={["sign-up"]}>
                  Sign up
                </NavLink>
              )}
            </>
          ) : (
            <>
              <NavLink to="/dashboard" views={["dashboard"]}>
                Desk
              </NavLink>
              <NavLink to="/rooms" views={["rooms", "new-room", "room", "room-settings", "moderation"]}>
                Rooms
                <UnreadBadge number={unreadTotal.value} />
              </NavLink>
              {isAdmin() && (
                <NavLink to="/admin" views={["admin"]}>
                  Admin
                </NavLink>
              )}
              <NavLink to="/account" views={["account"]}>
                <Avatar name={user.value.name} />
                <span class="hidden">Account of {user.value.name}</span>
              </NavLink>
            </>
          )}
        </nav>
      </header>
      {children}
    </div>
  );
}
