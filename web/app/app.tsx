/** The page: the view of the address, in its frame, with notices above it. */

import type { ComponentType, TargetedMouseEvent } from "preact";
import { useEffect } from "preact/hooks";
import { ConnectionBanner } from "./connection-banner";
import { loadClient } from "./core/connection";
import { lazyWords, studyWords } from "./core/language";
import { go, nextPath, type Route, route, type ViewName } from "./core/router";
import { locked, user } from "./core/session";
import { t } from "./core/words";
import { SignIn, SignUp } from "./features/auth/auth-forms";
import { SignOutNotice } from "./features/auth/sign-out-notice";
import { Welcome } from "./features/auth/welcome";
import { UnsentNotice } from "./features/messages/unsent-notice";
import { roomOnPage } from "./features/messages/unsent-text";
import { CurrentRoomNotice } from "./features/room/current-room-notice";
import { Room } from "./features/room/room";
import { notifications } from "./features/rooms/notifications";
import { phaseNotice } from "./features/study/live-timer";
import { focusCheck } from "./features/study/my-focus";
import { Layout } from "./layout";
import { ShortcutDialogs } from "./shortcut-dialogs";
import { BrokenView, ErrorBoundary } from "./ui/error-boundary";
import { FailureNotice } from "./ui/failure-notice";
import { FilesNotice } from "./ui/files-notice";
import { Heading } from "./ui/heading";
import { lazy, Nothing } from "./ui/lazy";
import { useMedia, WIDE } from "./ui/media";
import { useViewPosition } from "./ui/view-position";

/** A view. `id` is the part of the address that names a room, a secret or a section. */
type View = ComponentType<{ id: string }>;
type Views = { readonly [name in ViewName]?: View };

const loadPasswordReset = () => import("./features/auth/password-reset");

// a guest needs these two only after signing in
const Home = lazy(() => import("./features/rooms/home"), "Home", undefined, { ahead: true });
const PasswordDialog = lazy(() => import("./features/auth/password-dialog"), "PasswordDialog", Nothing, { ahead: true });
const Notifications = lazy(() => import("./features/rooms/notification-list"), "NotificationList", Nothing, { ahead: true });
const FocusCheckNotice = lazy(() => studyWords(() => import("./features/study/focus-check")), "FocusCheckNotice", Nothing, {
  isOptional: true,
});
const PhaseNotice = lazy(() => studyWords(() => import("./features/study/phase-notice")), "PhaseNotice", Nothing, {
  isOptional: true,
});
const Notices = lazy(() => import("./notices"), "Notices", Nothing);
const PendingApproval = lazy(() => import("./features/auth/pending-approval"), "PendingApproval");

const GUEST_VIEWS: Views = {
  welcome: Welcome,
  "sign-in": SignIn,
  "sign-up": SignUp,
  forgot: lazy(loadPasswordReset, "ForgotPassword"),
};
const PUBLIC_VIEWS: Views = {
  "first-admin": lazy(() => import("./features/auth/first-admin"), "FirstAdmin"),
  join: lazy(() => import("./features/auth/account-invite"), "AcceptAccountInvite"),
  reset: lazy(loadPasswordReset, "ResetPassword"),
  verify: lazy(() => import("./features/auth/verify-email"), "VerifyEmail"),
  invite: lazy(() => import("./features/rooms/accept-invite"), "AcceptInvite"),
};
const USER_VIEWS: Views = {
  dashboard: Home,
  rooms: lazy(() => import("./features/rooms/room-lists"), "Rooms", undefined, { ahead: true }),
  "new-room": lazy(() => import("./features/rooms/room-form"), "CreateRoom"),
  room: Room,
  "room-settings": lazy(() => lazyWords(() => import("./features/rooms/room-settings")), "RoomSettings"),
  moderation: lazy(() => import("./features/moderation/moderation"), "Moderation"),
  tasks: lazy(() => studyWords(() => import("./features/study/tasks")), "Tasks"),
  account: lazy(() => lazyWords(() => import("./features/account/account")), "Account"),
  progress: lazy(() => studyWords(() => import("./features/study/progress")), "Progress"),
  admin: lazy(() => lazyWords(() => import("./features/admin/admin")), "Admin"),
};

/** Views for users whose account is not approved. */
const VIEWS_WHILE_PENDING: readonly ViewName[] = ["first-admin", "reset", "verify"];

/** Links that skip to an element, by its id. */
type SkipLinkList = readonly (readonly [id: string, words: () => string])[];
const TO_CONTENT: SkipLinkList = [["main", () => t("layout.skipToContent")]];
const TO_ROOMS: SkipLinkList = [["rooms", () => t("layout.skipToRooms")]];
const IN_ROOM: SkipLinkList = [
  ["write", () => t("layout.skipToWriting")],
  ["messages", () => t("layout.skipToMessages")],
];

/** Load what the first view needs beside the page itself, so that no placeholder flashes in its place. */
export async function firstView(): Promise<void> {
  const { name } = route.peek();
  if (user.peek() && (name === "dashboard" || name in GUEST_VIEWS)) await Home.fetch();
}

/** Load what follows a sign-in when a guest fills in a form, or sends one that the browser has filled in. */
function loadAfterInput(): () => void {
  const controller = new AbortController();
  const load = () => {
    controller.abort();
    for (const fetch of [Home.fetch, loadClient]) fetch().catch(() => {});
  };
  for (const event of ["input", "submit"]) addEventListener(event, load, { capture: true, signal: controller.signal });
  return () => controller.abort();
}

export function App() {
  const { name, id } = route.value;
  const isSignedIn = user.value !== null;
  const isPending = Boolean(user.value?.pending) && !VIEWS_WHILE_PENDING.includes(name);
  const elsewhere = redirect(route.value, isSignedIn);
  useEffect(() => {
    if (elsewhere) go(elsewhere, { replace: true });
  }, [elsewhere]);
  const isWide = useMedia(WIDE);
  useViewPosition(name === "room");
  useEffect(() => (isSignedIn ? undefined : loadAfterInput()), [isSignedIn]);
  if (elsewhere) return null;
  const View = isPending ? PendingApproval : (GUEST_VIEWS[name] ?? PUBLIC_VIEWS[name] ?? USER_VIEWS[name] ?? NotFound);
  const isMember = isSignedIn && !isPending;
  return (
    <>
      <SkipLinks links={[...(roomOnPage.value ? IN_ROOM : TO_CONTENT), ...(isMember && isWide ? TO_ROOMS : [])]} />
      <Layout kind={isPending ? "pending" : isSignedIn ? "user" : "guest"}>
        <ErrorBoundary otherwise={Nothing}>
          <AllNotices isMember={isMember} />
        </ErrorBoundary>
        <ErrorBoundary of={route.value} otherwise={brokenView}>
          <main id="main" tabIndex={-1}>
            {isMember && (
              <ErrorBoundary otherwise={Nothing}>
                <div class="whole">
                  <CurrentRoomNotice />
                </div>
              </ErrorBoundary>
            )}
            <View key={isPending ? "pending" : `${name} ${id}`} id={id ?? ""} />
          </main>
        </ErrorBoundary>
      </Layout>
      {locked.value && !isPending && <PasswordDialog />}
      {isMember && (
        <ErrorBoundary otherwise={Nothing}>
          <ShortcutDialogs />
        </ErrorBoundary>
      )}
    </>
  );
}

const AllNotices = ({ isMember }: { isMember: boolean }) => (
  <>
    {isMember && (
      <div class="notices lasting">
        <Notices />
      </div>
    )}
    <div class="notices">
      <FailureNotice />
      {isMember && (
        <>
          <ConnectionBanner />
          <UnsentNotice />
          <div role="status" class="notice-place">
            {notifications.value.length > 0 && <Notifications />}
          </div>
          {focusCheck.value && <FocusCheckNotice />}
          <div role="status" class="notice-place">
            {phaseNotice.value && <PhaseNotice />}
          </div>
        </>
      )}
      <FilesNotice />
      <SignOutNotice />
    </div>
  </>
);

const brokenView = () => (
  <main id="main" tabIndex={-1}>
    <BrokenView />
  </main>
);

/** The path to show in place of a view that is only for users, or only for guests; null for all others. */
function redirect({ name, path, query }: Route, isSignedIn: boolean): string | null {
  if (!isSignedIn && name in USER_VIEWS) {
    const search = String(query);
    return name === "dashboard" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(search ? `${path}?${search}` : path)}`;
  }
  if (isSignedIn && name in GUEST_VIEWS) return name === "welcome" ? "/dashboard" : nextPath();
  return null;
}

const SkipLinks = ({ links }: { links: SkipLinkList }) => (
  <>
    {links.map(([id, words]) => (
      <a class={`skip to-${id}`} href={`#${id}`} key={id} onClick={skip}>
        {words()}
      </a>
    ))}
  </>
);

/** Move the focus to the target of a skip link, or to the view if the target is not there (yet). */
function skip(event: TargetedMouseEvent<HTMLAnchorElement>): void {
  event.preventDefault();
  const target = document.getElementById(event.currentTarget.hash.slice(1));
  const within = target?.matches("ul") ? target.querySelector<HTMLElement>("[tabindex='0']") : target;
  (within ?? document.getElementById("main"))?.focus();
}

const NotFound = () => (
  <section class="page narrow">
    <Heading title={t("layout.noSuchPage")} />
    <p>{t("layout.noSuchPageText")}</p>
    <p>
      <a class="button primary" href={user.value ? "/rooms" : "/"}>
        {t(user.value ? "layout.toRooms" : "auth.goToStart")}
      </a>
    </p>
  </section>
);
