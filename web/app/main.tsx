/** Entry of the page: starts its parts, then draws it. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { App, firstView } from "./app";
import { startActivity } from "./core/activity";
import { startBaseLinks } from "./core/base-links";
import { close, on, open, startConnection } from "./core/connection";
import { startFailures } from "./core/failures";
import { prepareFormats } from "./core/format";
import { claimEntries, startHistoryEntries } from "./core/history-entry";
import { startInputReports } from "./core/input-reports";
import { loadWords, startLanguage } from "./core/language";
import { startLayers } from "./core/layers";
import { startClock } from "./core/now";
import { startPointers } from "./core/pointers";
import { startProfile } from "./core/profile";
import { route, startRouter } from "./core/router";
import { startServerRules } from "./core/server-rules";
import { startSession, user } from "./core/session";
import { startSignOuts } from "./core/sign-outs";
import { startTab } from "./core/tab";
import { startTimeZone } from "./core/time-zone";
import { withTimeout } from "./core/timeout";
import { startTitle } from "./core/title";
import { language } from "./core/words";
import { startDrafts } from "./features/messages/drafts";
import { restoreOutbox, startOutbox } from "./features/messages/outbox";
import { restoreCurrentRoom } from "./features/room/current-room";
import { startRecentRooms } from "./features/room/recent-rooms";
import { clearRooms, refresh, startMyRooms, unreadTotal } from "./features/rooms/my-rooms";
import { clearNotifications, startNotifications } from "./features/rooms/notifications";
import { startShortcuts } from "./features/rooms/shortcuts";
import { clearFocus, startMyFocus } from "./features/study/my-focus";
import { startStudy } from "./features/study/start-study";
import { ErrorBoundary } from "./ui/error-boundary";
import { startFileDrops } from "./ui/file-drops";
import { startFocus } from "./ui/focus";
import { startFormDrafts } from "./ui/form-drafts";
import { startLazy } from "./ui/lazy";
import { startTextFields } from "./ui/text-fields";

const FIRST_VIEW_TIMEOUT = 3_000;

/** Start the parts of the page, each one after those that it needs. Before this, no module listens, waits or reads a store. */
function startParts(): void {
  startFailures();
  // the page
  startServerRules();
  startBaseLinks();
  startHistoryEntries();
  startLayers();
  startRouter();
  startClock();
  startActivity();
  startPointers();
  startFocus();
  startTextFields();
  startFileDrops();
  // the user and the connection
  startTab();
  startSession();
  startSignOuts();
  startConnection();
  startInputReports();
  startLazy();
  startProfile();
  // the features
  startFormDrafts();
  startNotifications();
  startMyRooms();
  startRecentRooms();
  startOutbox();
  startDrafts();
  startShortcuts();
  startStudy();
  startMyFocus();
  startUser();
}

/** Connect the user who is signed in, and begin anew when that changes. An account that is not approved has no connection. */
function startUser(): void {
  let current: string | null = null;
  effect(() => {
    const id = user.value?.pending ? null : (user.value?.id ?? null);
    if (id === current) return;
    current = id;
    claimEntries(id);
    close();
    clearRooms();
    clearNotifications();
    clearFocus();
    restoreOutbox();
    restoreCurrentRoom();
    if (!id) return;
    open();
    void refresh();
  });
}

/** Draw the page over the skeleton of index.html. Its message returns if nothing else can be shown. */
function draw(page: HTMLElement): void {
  const message = page.querySelector(".not-started");
  const showMessage = () => {
    if (page.childElementCount === 0 && message) page.replaceChildren(message);
  };
  page.replaceChildren();
  addEventListener("error", showMessage);
  addEventListener("unhandledrejection", showMessage);
  try {
    render(<Page />, page);
  } catch (error) {
    showMessage();
    throw error;
  }
}

/** The next task. A slow phone runs the modules, starts the parts and draws in tasks of their own, so that input is not held up. */
const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** A function, because lazy views import this module: an `await` of the module would wait for them, and they for it. */
async function start(): Promise<void> {
  await nextTask();
  startParts();
  // a server that sends the view slowly does not delay the rest
  const view = withTimeout(FIRST_VIEW_TIMEOUT, Promise.allSettled([firstView()]));
  await Promise.all([loadWords(), view]);
  startTitle(unreadTotal); // it has words
  const page = document.getElementById("page");
  await nextTask();
  if (page) draw(page);
  startLanguage();
  await nextTask();
  if (user.peek()) prepareFormats();
  startTimeZone();
  // needed after an absence, not at the start, and never by guests
  const stop = on("connect", () => {
    stop();
    import("./features/rooms/ended-rooms").then(({ startEndedRooms }) => startEndedRooms()).catch(() => {});
  });
}

// start.ts shows the message of index.html when an error is reported
start().catch(reportError);

function Page() {
  return (
    <ErrorBoundary of={route.value}>
      <div class="whole">
        <App key={language.value} />
      </div>
    </ErrorBoundary>
  );
}
