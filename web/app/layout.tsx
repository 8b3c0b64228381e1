/** The frame of every view: logo, navigation, the list of rooms and the own account. */

import type { ComponentChildren } from "preact";
import { isolated } from "./core/format";
import { isAdmin } from "./core/permissions";
import { ROOM_VIEWS, route, signInSuffix, type ViewName } from "./core/router";
import { user } from "./core/session";
import type { Me } from "./core/types";
import { t } from "./core/words";
import { unreadTotal } from "./features/rooms/my-rooms";
import { RoomList } from "./features/rooms/room-list";
import { Avatar } from "./ui/avatar";
import { UnreadBadge } from "./ui/badge";
import { registration } from "./ui/form-rules";
import { Icon } from "./ui/icon";
import { useMedia, WIDE } from "./ui/media";

/** In wide windows, the list of rooms marks the open room. */
const LISTS: readonly ViewName[] = ["rooms", "new-room"];

const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
    <path class="shade" d="M6 15c0-4.8 4.4-8 10-8s10 3.2 10 8z" />
    <path class="stand" d="M16 15v9M10.5 25h11" />
  </svg>
);

/** A link for guests; the sidebar has a link to Home below it. */
const Brand = ({ href }: { href?: string | undefined }) => {
  const words = (
    <>
      <Logo />
      <span>Studyhall</span>
    </>
  );
  return href ? (
    <a class="brand" href={href}>
      {words}
    </a>
  ) : (
    <p class="brand">{words}</p>
  );
};

interface NavLinkProps {
  to: string;
  /** Views in which the link is the current one. */
  views: readonly ViewName[];
  class?: string;
  children: ComponentChildren;
}

function NavLink({ to, views, class: kind = "", children }: NavLinkProps) {
  return (
    <a class={`nav-link ${kind}`} href={to} aria-current={views.includes(route.value.name) ? "page" : undefined}>
      {children}
    </a>
  );
}

/** A pending user waits for approval, and has no links. */
type LayoutKind = "guest" | "pending" | "user";

/** Around every view. When a guest signs in, only the header changes: the view below it keeps its state. */
export const Layout = ({ kind, children }: { kind: LayoutKind; children: ComponentChildren }) => (
  <div class={kind === "user" ? "layout" : "layout guest"}>
    {kind === "user" ? <Sidebar /> : <Topbar hasLinks={kind === "guest"} />}
    <div class="content">{children}</div>
  </div>
);

const Topbar = ({ hasLinks }: { hasLinks: boolean }) => (
  <header class="topbar">
    <Brand href={hasLinks ? "/" : undefined} />
    <nav aria-label={t("layout.main")}>
      {hasLinks && (
        <NavLink to={`/sign-in${signInSuffix()}`} views={["sign-in"]}>
          {t("auth.signIn")}
        </NavLink>
      )}
      {hasLinks && registration === "open" && (
        <NavLink to={`/sign-up${signInSuffix()}`} views={["sign-up"]}>
          {t("auth.createAccount")}
        </NavLink>
      )}
    </nav>
  </header>
);

/** The header of users: a sidebar, or tabs at the bottom of narrow windows. */
function Sidebar() {
  const isWide = useMedia(WIDE);
  return (
    <header class="sidebar">
      {isWide && <Brand />}
      <nav class="main-nav" aria-label={t("layout.main")}>
        <NavLink to="/dashboard" views={["dashboard"]}>
          <Icon name="home" />
          <span>{t("layout.home")}</span>
        </NavLink>
        <NavLink to="/rooms" views={isWide ? LISTS : [...LISTS, ...ROOM_VIEWS]}>
          <Icon name="rooms" />
          <span>{t("layout.rooms")}</span>
          {!isWide && <UnreadBadge number={unreadTotal.value} />}
        </NavLink>
        <NavLink to="/tasks" views={["tasks"]}>
          <Icon name="tasks" />
          <span>{t("layout.tasks")}</span>
        </NavLink>
        <NavLink to="/progress" views={["progress"]}>
          <Icon name="progress" />
          <span>{t("layout.progress")}</span>
        </NavLink>
        {isAdmin() && (
          <NavLink to="/admin" views={["admin"]}>
            <Icon name="admin" />
            <span>{t("layout.admin")}</span>
          </NavLink>
        )}
        {!isWide && user.value && <AccountTab user={user.value} />}
      </nav>
      {isWide && <RoomList />}
      {isWide && user.value && <AccountLink user={user.value} />}
    </header>
  );
}

const AccountLink = ({ user: { id, name } }: { user: Me }) => (
  <NavLink to="/account" views={["account"]} class="account-link">
    <Avatar id={id} name={name} />
    <span class="hidden">{t("layout.account", { name: isolated(name) })}</span>
    <bdi aria-hidden="true">{name}</bdi>
    <Icon name="settings" />
  </NavLink>
);

const AccountTab = ({ user: { id, name } }: { user: Me }) => (
  <NavLink to="/account" views={["account"]}>
    <Avatar id={id} name={name} />
    <span aria-hidden="true">{t("layout.me")}</span>
    <span class="hidden">{t("layout.accountTab", { name: isolated(name) })}</span>
  </NavLink>
);
