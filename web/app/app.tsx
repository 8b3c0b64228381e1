// @ts-nocheck
import { useEffect } from "preact/hooks";
import { ConnectionBanner } from "./connection-banner";
import { go, next, route } from "./core/router";
import { locked, user } from "./core/session";
import { SignIn, SignUp } from "./features/auth/auth-forms";
import { SignOutNotice } from "./features/auth/sign-out-notice";
import { Welcome } from "./features/auth/welcome";
import { UnsentNotice } from "./features/messages/unsent-notice";
import { SeatNote } from "./features/room/current-room-notice";
import { Room } from "./features/room/room";
import { notifications } from "./features/rooms/notifications";
import { ShortcutDialogs } from "./features/rooms/shortcut-dialogs";
import { GuestLayout, UserLayout } from "./layout";
import { ErrorBoundary, BrokenView } from "./ui/error-boundary";
import { FailureNotice } from "./ui/failure-notice";
import { FilesNotice } from "./ui/files-notice";
import { lazy, Nothing } from "./ui/lazy";
import { Heading } from "./ui/heading";

const account = () => import("./features/account/account");
const reset = () => import("./features/auth/password-reset");
const roomForm = () => import("./features/rooms/room-form");

// a guest needs these two only after signing in
const Dashboard = lazy(() => import("./features/rooms/home"), "Dashboard", undefined, { ahead: true });
const PasswordDialog = lazy(() => import("./features/auth/password-dialog"), "PasswordDialog", Nothing, { ahead: true });
const News = lazy(() => import("./features/rooms/notification-list"), "News", Nothing, { ahead: true });
const PendingApproval = lazy(() => import("./features/auth/pending-approval"), "PendingApproval");
const FOR_GUESTS = { welcome: Welcome, "sign-in": SignIn, "sign-up": SignUp, forgot: lazy(reset, "ForgotPassword") };
const FOR_ALL = {
  "first-admin": lazy(() => import("./features/auth/first-admin"), "FirstAdmin"),
  join: lazy(() => import("./features/auth/account-invite"), "AcceptAccountInvite"),
  reset: lazy(reset, "ResetPassword"),
  verify: lazy(() => import("./features/auth/verify-email"), "VerifyEmail"),
  invite: lazy(() => import("./features/rooms/accept-invite"), "Invited"),
};
const FOR_STUDENTS = {
  dashboard: Dashboard,
  rooms: lazy(() => import("./features/rooms/room-lists"), "Rooms", undefined, { ahead: true }),
  "new-room": lazy(roomForm, "NewRoom"),
  room: Room,
  "room-settings": lazy(roomForm, "RoomSettings"),
  moderation: lazy(() => import("./features/moderation/moderation"), "Moderation"),
  account: lazy(account, "Account"),
  admin: lazy(() => import("./features/admin/admin"), "Admin"),
};

const Notices = lazy(() => import("./notices"), "Notices", Nothing);

const CONTENT = [["main", "Skip to the content"]];
const WAYS = {
  room: [
    ["write", "Skip to writing"],
    ["messages", "Skip to messages"],
    ["rooms", "Skip to rooms"],
  ],
};

/** Fetch what the first view needs beside the page itself, so that nothing stands there for a moment in its place. */
export const firstView = async () =>
  user.peek() && (route.peek().name === "dashboard" || route.peek().name in FOR_GUESTS) && Dashboard.fetch();

export function App() {
  const { name, id, path, query } = route.value;
  const isSignedIn = Boolean(user.value);
  const elsewhere = detour(name, `${path}${String(query) && `?${query}`}`, isSignedIn);
  useEffect(() => {
    if (elsewhere) go(elsewhere, { replace: true });
  }, [elsewhere]);
  useEffect(() => {
    if (name !== "room") scrollTo(0, 0);
  }, [path]);
  useEffect(() => {
    if (!isSignedIn) Dashboard.fetch().catch(() => {}); // fetched by the time the form is filled in
  }, []);
  if (elsewhere) return null;
  const isWaiting = Boolean(user.value?.pending) && !["first-admin", "reset", "verify"].includes(name);
  const Layout = isWaiting ? WaitingLayout : isSignedIn ? UserLayout : GuestLayout;
  const View = isWaiting ? PendingApproval : (FOR_GUESTS[name] ?? FOR_ALL[name] ?? FOR_STUDENTS[name] ?? Nowhere);
  return (
    <>
      {(WAYS[name] ?? CONTENT).map(([id, words]) => (
        <a class={`skip to-${id}`} href={`#${id}`} key={id} onClick={skip}>
          {words}
        </a>
      ))}
      <Layout>
        <ErrorBoundary otherwise={nothing}>
          {isSignedIn && !isWaiting && (
            <div class="notices lasting">
              <Notices />
            </div>
          )}
          <div class="notices">
            {isSignedIn && !isWaiting && (
              <>
                <ConnectionBanner />
                <UnsentNotice />
                <div role="status" class="news-place">
                  {notifications.value.length > 0 && <News />}
                </div>
              </>
            )}
            <FailureNotice />
            <FilesNotice />
            <SignOutNotice />
          </div>
        </ErrorBoundary>
        <ErrorBoundary of={route.value} otherwise={brokenView}>
          <main id="main" tabindex="-1">
            {isSignedIn && !isWaiting && (
              <ErrorBoundary otherwise={nothing}>
                <div class="whole">
                  <SeatNote />
                </div>
              </ErrorBoundary>
            )}
            <View key={isWaiting ? "pending" : `${name} ${id}`} id={id} />
          </main>
        </ErrorBoundary>
      </Layout>
      {locked.value && !isWaiting && <PasswordDialog />}
      {isSignedIn && !isWaiting && (
        <ErrorBoundary otherwise={nothing}>
          <ShortcutDialogs />
        </ErrorBoundary>
      )}
    </>
  );
}

const WaitingLayout = ({ children }) => <GuestLayout links={false}>{children}</GuestLayout>;
const nothing = () => null;
const brokenView = () => (
  <main id="main" tabindex="-1">
    <BrokenView />
  </main>
);

// Guests are sent to the door and come back afterwards; who is signed in needs no door.
function detour(name, path, isSignedIn) {
  if (!isSignedIn && name in FOR_STUDENTS)
    return name === "dashboard" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
  if (isSignedIn && name in FOR_GUESTS) return name === "welcome" ? "/dashboard" : next();
  return null;
}

// What is not there (yet) is no way: then the view takes the focus.
function skip(event) {
  event.preventDefault();
  const target = document.getElementById(event.currentTarget.hash.slice(1));
  const within = target?.matches("ul") ? target.querySelector("[tabindex='0']") : target;
  (within ?? document.getElementById("main")).focus();
}

function Nowhere() {
  return (
    <section class="page narrow">
      <Heading title="There is no such page" />
      <p>The link may be incomplete. From your rooms you find everything.</p>
      <p>
        <a class="button" href={user.value ? "/rooms" : "/"}>
          {user.value ? "To the rooms" : "To the entrance"}
        </a>
      </p>
    </section>
  );
}
