/** Routes for users who are signed in, by subject. Routes for admins are in features/admin/api.ts. */

import { ApiError, type CallOptions, call, toApiError } from "./http";
import { collectNames, renamed } from "./names";
import { lock, renew, usableToken, user } from "./session";
import type { Role, Route, RouteBody, RouteData, RouteQuery } from "./types";

/** Names in braces of a route: "id" of "GET /api/study-rooms/{id}". */
type PathParam<R extends string> = R extends `${string}{${infer Name}}${infer Rest}` ? Name | PathParam<Rest> : never;
type Given<R extends Route> = { readonly [name in PathParam<R>]: string } & ([RouteBody<R>] extends [never]
  ? unknown
  : { readonly body: RouteBody<R> }) &
  ([RouteQuery<R>] extends [never] ? unknown : { readonly query?: RouteQuery<R> });
type Args<R extends Route> = object extends Given<R> ? [given?: Given<R>] : [given: Given<R>];

/**
 * Call a route as the user who is signed in. The answer has the newest names of users that were published before it arrived.
 *
 * @param route method and path, as in the API: `request("PUT /api/study-rooms/{id}", { id, body: { name } })`.
 * @param given values of the path, `body` and `query`. Values of `query` that are undefined or "" are left out.
 * @throws ApiError if the server rejects the request, or another user signed in meanwhile.
 */
export function request<R extends Route>(route: R, ...[given]: Args<R>): Promise<RouteData<R>> {
  const { path, options } = callOf(route, given);
  return asUser(path, options);
}

/** Call a route without a token, for guests. */
function requestAsGuest<R extends Route>(route: R, ...[given]: Args<R>): Promise<RouteData<R>> {
  const { path, options } = callOf(route, given);
  return call(path, options);
}

function callOf(route: Route, given: object | undefined): { path: string; options: CallOptions } {
  const {
    body,
    query = {},
    ...params
  } = (given ?? {}) as { body?: unknown; query?: object } & Readonly<Record<string, string>>;
  const [method, template = ""] = route.split(" ");
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const values = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(values.map(([name, value]) => [name, String(value)])).toString();
  return { path: search ? `${path}?${search}` : path, options: { method, body } };
}

async function asUser<T>(path: string, options: CallOptions): Promise<T> {
  const { published, stop } = collectNames();
  const id = user.peek()?.id;
  try {
    const answer = await attempts<T>(path, options);
    if (user.peek()?.id !== id) throw new ApiError({ code: "signed_out", status: 401 });
    return published.reduce(renamed, answer);
  } finally {
    stop();
  }
}

async function attempts<T>(path: string, options: CallOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const token = await usableToken().catch((error: unknown) => Promise.reject(toApiError(error)));
    try {
      return await call<T>(path, { ...options, token });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "not_signed_in" || attempt > 2) throw error;
      if (attempt === 0) await renew(token);
      else lock();
    }
  }
}

export const me = {
  get: () => request("GET /api/auth/me"),
  becomeFirstAdmin: (token: string) => request("POST /api/auth/first-admin", { body: { token } }),
  change: (body: RouteBody<"PUT /api/auth/me">) => request("PUT /api/auth/me", { body }),
  changePassword: (body: RouteBody<"PUT /api/auth/password">) => request("PUT /api/auth/password", { body }),
  remove: (body: RouteBody<"DELETE /api/auth/me">) => request("DELETE /api/auth/me", { body }),
  verifyEmail: (token: string) => request("POST /api/auth/verify-email", { body: { token } }),
  sendVerification: () => request("POST /api/auth/me/verification"),
  /** All stored data of the user, as a Blob of JSON. */
  export: () => asUser<Blob>("/api/auth/me/export", { file: true }),
};

export const dashboard = () => request("GET /api/dashboard");

/** Ids of the rooms that this page has left or deleted itself. */
export const endedHere = new Set<string>();

const unmarkEnded = <R extends { readonly id: string }>(room: R): R => {
  endedHere.delete(room.id);
  return room;
};

function ending<T>(id: string, asked: Promise<T>): Promise<T> {
  endedHere.add(id);
  return asked.catch((error: unknown) => {
    endedHere.delete(id);
    throw error;
  });
}

export const rooms = {
  list: (query: RouteQuery<"GET /api/study-rooms"> = {}) => request("GET /api/study-rooms", { query }),
  create: (body: RouteBody<"POST /api/study-rooms">) => request("POST /api/study-rooms", { body }),
  details: (id: string) => request("GET /api/study-rooms/{id}", { id }),
  basicInfo: (id: string) => request("GET /api/study-rooms/{id}/basic-info", { id }),
  change: (id: string, body: RouteBody<"PUT /api/study-rooms/{id}">) => request("PUT /api/study-rooms/{id}", { id, body }),
  remove: (id: string) => ending(id, request("DELETE /api/study-rooms/{id}", { id })),
  join: (id: string) => request("POST /api/study-rooms/{id}/join", { id }).then(unmarkEnded),
  leave: (id: string) => ending(id, request("POST /api/study-rooms/{id}/leave", { id })),
  timer: (id: string) => request("GET /api/study-rooms/{id}/timer", { id }),
  leaderboard: (id: string, query: RouteQuery<"GET /api/study-rooms/{id}/leaderboard">) =>
    request("GET /api/study-rooms/{id}/leaderboard", { id, query }),
  changeMembership: (id: string, body: RouteBody<"PUT /api/study-rooms/{id}/membership">) =>
    request("PUT /api/study-rooms/{id}/membership", { id, body }),
  presence: (id: string) => request("GET /api/study-rooms/{id}/presence", { id }),
  messages: (id: string, query: RouteQuery<"GET /api/study-rooms/{id}/messages">) =>
    request("GET /api/study-rooms/{id}/messages", { id, query }),
};

export const focus = {
  /** Totals of the last 53 weeks. */
  stats: () => request("GET /api/focus/stats"),
  /** All focus sessions of the user, as a Blob of CSV. */
  csv: () => asUser<Blob>("/api/focus/export.csv", { file: true }),
  current: () => request("GET /api/focus/current"),
  sessions: (query: RouteQuery<"GET /api/focus/sessions">) => request("GET /api/focus/sessions", { query }),
  add: (body: RouteBody<"POST /api/focus/manual">) => request("POST /api/focus/manual", { body }),
  change: (id: string, body: RouteBody<"PUT /api/focus/{id}">) => request("PUT /api/focus/{id}", { id, body }),
  remove: (id: string) => request("DELETE /api/focus/{id}", { id }),
  /** The timer of the user alone. */
  timer: () => request("GET /api/focus/timer"),
  changeTimer: (body: RouteBody<"PUT /api/focus/timer">) => request("PUT /api/focus/timer", { body }),
};

export const secondFactor = {
  get: () => request("GET /api/auth/second-factor"),
  begin: (body: RouteBody<"POST /api/auth/second-factor">) => request("POST /api/auth/second-factor", { body }),
  confirm: (body: RouteBody<"PUT /api/auth/second-factor">) => request("PUT /api/auth/second-factor", { body }),
  end: (body: RouteBody<"DELETE /api/auth/second-factor">) => request("DELETE /api/auth/second-factor", { body }),
};

export const sessions = {
  list: () => request("GET /api/auth/sessions"),
  end: (id: string) => request("DELETE /api/auth/sessions/{id}", { id }),
  endOthers: () => request("DELETE /api/auth/sessions"),
};

export const invites = {
  list: (id: string) => request("GET /api/study-rooms/{id}/invites", { id }),
  create: (id: string, body: RouteBody<"POST /api/study-rooms/{id}/invites">) =>
    request("POST /api/study-rooms/{id}/invites", { id, body }),
  revoke: (id: string, inviteId: string) => request("DELETE /api/study-rooms/{id}/invites/{inviteId}", { id, inviteId }),
  /** The room and inviter of an invitation; for guests, too. */
  lookup: (code: string) => (user.peek() ? request : requestAsGuest)("POST /api/invites/lookup", { body: { code } }),
  accept: (code: string) => request("POST /api/invites/accept", { body: { code } }).then(unmarkEnded),
};

export const members = {
  setRole: (id: string, userId: string, role: Exclude<Role, "owner">) =>
    request("PUT /api/study-rooms/{id}/members/{userId}", { id, userId, body: { role } }),
  remove: (id: string, userId: string) => request("DELETE /api/study-rooms/{id}/members/{userId}", { id, userId }),
  mute: (id: string, userId: string, seconds: number) =>
    request("PUT /api/study-rooms/{id}/members/{userId}/mute", { id, userId, body: { seconds } }),
  clearActivity: (id: string, userId: string) =>
    request("DELETE /api/study-rooms/{id}/members/{userId}/activity", { id, userId }),
  unmute: (id: string, userId: string) => request("DELETE /api/study-rooms/{id}/members/{userId}/mute", { id, userId }),
  bans: (id: string) => request("GET /api/study-rooms/{id}/bans", { id }),
  ban: (id: string, userId: string, reason: string | null) =>
    request("PUT /api/study-rooms/{id}/bans/{userId}", { id, userId, body: { reason } }),
  unban: (id: string, userId: string) => request("DELETE /api/study-rooms/{id}/bans/{userId}", { id, userId }),
};

/** Up to 50 entries of a room's audit log, newest first, below the entry `before`. */
export const auditLog = (id: string, before?: string) =>
  request("GET /api/study-rooms/{id}/audit-log", { id, query: before ? { before } : {} });

/** Status of a report. */
export type ReportStatus = "open" | "resolved";

export const reports = {
  user: (id: string, userId: string, reason: string) =>
    request("POST /api/study-rooms/{id}/members/{userId}/report", { id, userId, body: { reason } }),
  room: (id: string, reason: string) => request("POST /api/study-rooms/{id}/report", { id, body: { reason } }),
  message: (id: string, messageId: string, reason: string) =>
    request("POST /api/study-rooms/{id}/messages/{messageId}/report", { id, messageId, body: { reason } }),
  /** Up to 50 reports with this status, newest first, below the report `before`. */
  list: (id: string, status: ReportStatus, before?: string) =>
    request("GET /api/study-rooms/{id}/reports", { id, query: before ? { status, before } : { status } }),
  /** Number of open reports. */
  countOpen: async (id: string) =>
    (await request("GET /api/study-rooms/{id}/reports", { id, query: { status: "open", limit: 1 } })).totalOpen,
  setStatus: (id: string, reportId: string, status: ReportStatus) =>
    request("PUT /api/study-rooms/{id}/reports/{reportId}", { id, reportId, body: { status } }),
};

export const tasks = {
  /** All open tasks, in the user's order. */
  open: async () => (await request("GET /api/tasks")).tasks,
  /** A page of done tasks, latest first, below the task `before`. */
  done: (before?: string) => request("GET /api/tasks", { query: before ? { status: "done", before } : { status: "done" } }),
  add: (body: RouteBody<"POST /api/tasks">) => request("POST /api/tasks", { body }),
  change: (id: string, body: RouteBody<"PUT /api/tasks/{id}">) => request("PUT /api/tasks/{id}", { id, body }),
  remove: (id: string) => request("DELETE /api/tasks/{id}", { id }),
  ofRoom: (id: string) => request("GET /api/study-rooms/{id}/tasks", { id }),
  clear: (id: string, taskId: string) => request("DELETE /api/study-rooms/{id}/tasks/{taskId}", { id, taskId }),
};
