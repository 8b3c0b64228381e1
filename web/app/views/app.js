import { useEffect } from "preact/hooks";
import { html } from "../html.js";
import { news } from "../news.js";
import { go, next, route } from "../router.js";
import { locked, user } from "../session.js";
import { Banner } from "./banner.js";
import { Boundary, Broken } from "./boundary.js";
import { FilesRefusal } from "./files-refusal.js";
import { later, Nothing } from "./later.js";
import { Heading } from "./parts.js";
import { SignIn, SignUp } from "./sign.js";
import { Room } from "./room.js";
import { SeatNote } from "./seat.js";
import { Shell } from "./shell.js";
import { SigningOut } from "./signing-out.js";
import { UnsentNotice } from "./unsent.js";
import { Welcome } from "./welcome.js";

const account = () => import("./account.js");
const reset = () => import("./reset.js");
const roomForm = () => import("./room-form.js");

// a guest needs these two only after signing in
const Dashboard = later(() => import("./dashboard.js"), "Dashboard", undefined, { ahead: true });
const PasswordDialog = later(() => import("./locked.js"), "PasswordDialog", Nothing, { ahead: true });
const News = later(() => import("./news.js"), "News", Nothing, { ahead: true });
const Pending = later(() => import("./pending.js"), "Pending");
const FOR_GUESTS = { "welcome": Welcome, "sign-in": SignIn, "sign-up": SignUp, "forgot": later(reset, "Forgot") };
const FOR_ALL = {
  "first-admin": later(() => import("./first-admin.js"), "FirstAdmin"),
  "join": later(() => import("./join.js"), "Join"),
  "reset": later(reset, "Reset"),
  "verify": later(() => import("./verify.js"), "Verify"),
  "invite": later(() => import("./invited.js"), "Invited"),
};
const FOR_STUDENTS = {
  "dashboard": Dashboard,
  "rooms": later(() => import("./rooms.js"), "Rooms", undefined, { ahead: true }),
  "new-room": later(roomForm, "NewRoom"),
  "room": Room,
  "room-settings": later(roomForm, "RoomSettings"),
  "moderation": later(() => import("./moderation.js"), "Moderation"),
  "account": later(account, "Account"),
  "admin": later(() => import("./admin.js"), "Admin"),
};

const Notices = later(() => import("./notices.js"), "Notices", Nothing);

const CONTENT = [["main", "Skip to the content"]];
const WAYS = { room: [["write", "Skip to writing"], ["messages", "Skip to messages"], ["rooms", "Skip to rooms"]] };

/** Fetch what the first view needs beside the page itself, so that nothing stands there for a moment in its place. */
export const firstView = async () => user.peek() && (route.peek().name === "dashboard" || route.peek().name in FOR_GUESTS) && Dashboard.fetch();

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
  const View = isWaiting ? Pending : FOR_GUESTS[name] ?? FOR_ALL[name] ?? FOR_STUDENTS[name] ?? Nowhere;
  return html`
    ${(WAYS[name] ?? CONTENT).map(([id, words]) => html`<a class="skip to-${id}" href="#${id}" key=${id} onClick=${skip}>${words}</a>`)}
    <${Shell} bare=${!isSignedIn} empty=${isWaiting}>
      <${Boundary} otherwise=${nothing}>
        ${isSignedIn && !isWaiting && html`<div class="notices lasting"><${Notices} /></div>`}
        <div class="notices">${isSignedIn && !isWaiting && html`<${Banner} /><${UnsentNotice} />
          <div role="status" class="news-place">${news.value.length > 0 && html`<${News} />`}</div>`}<${FilesRefusal} /><${SigningOut} /></div>
      <//>
      <${Boundary} of=${route.value} otherwise=${brokenView}>
        <main id="main" tabindex="-1">
          ${isSignedIn && !isWaiting && html`<${Boundary} otherwise=${nothing}><div class="whole"><${SeatNote} /></div><//>`}
          <${View} key=${isWaiting ? "pending" : `${name} ${id}`} id=${id} />
        </main>
      <//>
    <//>
    ${locked.value && !isWaiting && html`<${PasswordDialog} />`}
  `;
}

const nothing = () => null;
const brokenView = () => html`<main id="main" tabindex="-1"><${Broken} /></main>`;

// Guests are sent to the door and come back afterwards; who is signed in needs no door.
function detour(name, path, isSignedIn) {
  if (!isSignedIn && name in FOR_STUDENTS) return name === "dashboard" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
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
  return html`<section class="page narrow">
    <${Heading} title="There is no such page" />
    <p>The link may be incomplete. From your rooms you find everything.</p>
    <p><a class="button" href=${user.value ? "/rooms" : "/"}>${user.value ? "To the rooms" : "To the entrance"}</a></p>
  </section>`;
}
