import "./support/browser";
import "./support/history";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { go, isOwn, match, nextPath, route, routeOf, signInSuffix, startRouter } from "../app/core/router";

/** Open an address as a first visit. */
function visit(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new Event("popstate"));
}

let isStarted = false;
beforeEach(() => {
  if (!isStarted) startRouter();
  isStarted = true;
  visit("/");
});

test("addresses name views", () => {
  const views = [
    ["/", "welcome", null],
    ["/rooms", "rooms", null],
    ["/rooms/", "rooms", null],
    ["/rooms/new", "new-room", null],
    ["/rooms/0b9c-1", "room", "0b9c-1"],
    ["/rooms/0b9c-1/settings", "room-settings", "0b9c-1"],
    ["/admin/users", "admin", "users"],
    ["/invite#abc", "invite", "abc"],
    ["/rooms/a/b", "nowhere", null],
    ["/wiki", "nowhere", null],
  ] as const;
  for (const [path, name, id] of views) {
    const found = match(path);
    assert.deepEqual([found.name, found.id], [name, id], path);
  }
});

test("a secret in the path moves into the fragment at once", () => {
  visit("/invite/abcdef");
  assert.equal(location.pathname + location.hash, "/invite#abcdef");
  assert.deepEqual([route.value.name, route.value.id, route.value.path], ["invite", "abcdef", "/invite#abcdef"]);
});

test("a secret in the address to go to moves into the fragment", () => {
  visit("/sign-in?next=%2Finvite%2Fabcdef");
  assert.equal(location.href, "http://localhost:5000/sign-in#next=%2Finvite%23abcdef");
  go(nextPath());
  assert.equal(location.pathname + location.hash, "/invite#abcdef");
});

test("signing in leads back to a view of the page only", () => {
  for (const [wanted, to] of [
    ["/rooms/1?invite", "/rooms/1?invite"],
    ["https://evil.example/rooms", "/dashboard"],
    ["//evil.example/rooms", "/dashboard"],
    ["/\t/evil.example", "/dashboard"],
    ["javascript:alert(1)", "/dashboard"],
    ["/wiki", "/dashboard"],
    ["", "/dashboard"],
  ] as const) {
    route.value = match("/sign-in", new URLSearchParams({ next: wanted }));
    assert.equal(nextPath(), to, wanted);
  }
});

test("links of guests lead back to their invitation, or to the view that they wanted", () => {
  route.value = match("/invite#abc");
  assert.equal(signInSuffix(), "#next=%2Finvite%23abc");
  route.value = match("/sign-in", new URLSearchParams({ next: "/rooms" }));
  assert.equal(signInSuffix(), "?next=%2Frooms");
  route.value = match("/sign-in");
  assert.equal(signInSuffix(), "");
});

test("going to a view adds an entry, or replaces the current one", () => {
  const { length } = history;
  go("/rooms?search=maths");
  assert.deepEqual([route.value.name, route.value.query.get("search")], ["rooms", "maths"]);
  go("/account", { replace: true });
  assert.equal(route.value.name, "account");
  assert.deepEqual([history.length - length, location.pathname], [1, "/account"]);
});

test("Back to an entry of the same view draws nothing anew", () => {
  go("/rooms");
  const before = route.value;
  dispatchEvent(new Event("popstate"));
  assert.equal(route.value, before);
});

test("only addresses of views are the page's own", () => {
  assert.equal(isOwn("/rooms"), true);
  assert.equal(isOwn("/api/docs"), false);
  assert.equal(isOwn("https://example.org/rooms"), false);
  assert.equal(routeOf("/rooms/7").id, "7");
});
