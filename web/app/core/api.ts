/** The routes that want somebody signed in, by what they are for. */

import { call, ApiError, toApiError } from "./http";
import { hearNames, renamed } from "./names";
import { lock, renew, usableToken, user } from "./session";

/** Ask the server. The answer shows users under the newest names that were published before it arrived, and is for the user who asked. */
export async function ask(path, options) {
  const { heard, stop } = hearNames();
  const who = user.peek()?.id;
  try {
    const answer = await attempts(path, options);
    if (user.peek()?.id !== who) throw new ApiError({ code: "signed_out", status: 401, message: "You are signed out." });
    return heard.reduce(renamed, answer);
  } finally {
    stop();
  }
}

async function attempts(path, options) {
  for (let attempt = 0; ; attempt++) {
    const token = await usableToken().catch((error) => Promise.reject(toApiError(error)));
    try {
      return await call(path, { ...options, token });
    } catch (problem) {
      if (problem.code !== "not_signed_in" || attempt > 2) throw problem;
      if (attempt === 0) await renew(token);
      else lock();
    }
  }
}

export const post = (path, body) => ask(path, { method: "POST", body });
export const put = (path, body) => ask(path, { method: "PUT", body });
export const remove = (path, body) => ask(path, { method: "DELETE", body });
const room = (id) => `/api/study-rooms/${encodeURIComponent(id)}`;

export const query = (fields) => {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

export const me = {
  show: () => ask("/api/auth/me"),
  becomeFirstAdmin: (token) => post("/api/auth/first-admin", { token }),
  change: (fields) => put("/api/auth/me", fields),
  changePassword: (fields) => put("/api/auth/password", fields),
  remove: (fields) => remove("/api/auth/me", fields),
  verifyEmail: (token) => post("/api/auth/verify-email", { token }),
  sendVerification: () => post("/api/auth/me/verification"),
  /** Everything that is kept about me, as a Blob of JSON. */
  export: () => ask("/api/auth/me/export", { file: true }),
};

export const dashboard = () => ask("/api/dashboard");

/** Rooms that this page has left or deleted itself. */
export const endedHere = new Set();

const begun = (room) => {
  endedHere.delete(room.id);
  return room;
};

function ending(id, asked) {
  endedHere.add(id);
  return asked.catch((problem) => {
    endedHere.delete(id);
    throw problem;
  });
}

export const rooms = {
  list: (fields = {}) => ask(`/api/study-rooms${query(fields)}`),
  open: (fields) => post("/api/study-rooms", fields),
  details: (id) => ask(room(id)),
  basicInfo: (id) => ask(`${room(id)}/basic-info`),
  change: (id, fields) => put(room(id), fields),
  remove: (id) => ending(id, remove(room(id))),
  join: (id) => post(`${room(id)}/join`).then(begun),
  leave: (id) => ending(id, post(`${room(id)}/leave`)),
  presence: (id) => ask(`${room(id)}/presence`),
  messages: (id, fields) => ask(`${room(id)}/messages${query(fields)}`),
};

export const secondFactor = {
  show: () => ask("/api/auth/second-factor"),
  begin: (fields) => post("/api/auth/second-factor", fields),
  confirm: (fields) => put("/api/auth/second-factor", fields),
  end: (fields) => remove("/api/auth/second-factor", fields),
};

export const sessions = {
  list: () => ask("/api/auth/sessions"),
  end: (id) => remove(`/api/auth/sessions/${id}`),
  endOthers: () => remove("/api/auth/sessions"),
};

export const invites = {
  list: (roomId) => ask(`${room(roomId)}/invites`),
  make: (roomId, fields) => post(`${room(roomId)}/invites`, fields),
  revoke: (roomId, id) => remove(`${room(roomId)}/invites/${id}`),
  /** The room and inviter of an invitation; for guests, too. */
  look: (code) => (user.peek() ? ask : call)("/api/invites/lookup", { method: "POST", body: { code } }),
  use: (code) => post("/api/invites/accept", { code }).then(begun),
};

export const members = {
  setRole: (roomId, id, role) => put(`${room(roomId)}/members/${id}`, { role }),
  remove: (roomId, id) => remove(`${room(roomId)}/members/${id}`),
  mute: (roomId, id, seconds) => put(`${room(roomId)}/members/${id}/mute`, { seconds }),
  unmute: (roomId, id) => remove(`${room(roomId)}/members/${id}/mute`),
  bans: (roomId) => ask(`${room(roomId)}/bans`),
  ban: (roomId, id, reason) => put(`${room(roomId)}/bans/${id}`, { reason }),
  unban: (roomId, id) => remove(`${room(roomId)}/bans/${id}`),
};

/** Up to 50 of what was done in a room, newest first: `{entries, hasMore}`, from below the entry `before`. */
export const auditLog = (roomId, before) => ask(`${room(roomId)}/audit-log${query({ before })}`);

export const reports = {
  user: (roomId, id, reason) => post(`${room(roomId)}/members/${id}/report`, { reason }),
  room: (roomId, reason) => post(`${room(roomId)}/report`, { reason }),
  make: (roomId, messageId, reason) => post(`${room(roomId)}/messages/${messageId}/report`, { reason }),
  /** Up to 50 with this status, newest first: `{reports, hasMore}`, from below the report `before`. */
  list: (roomId, status, before) => ask(`${room(roomId)}/reports${query({ status, before })}`),
  /** How many are open. */
  open: async (roomId) => (await ask(`${room(roomId)}/reports${query({ status: "open", limit: 1 })}`)).totalOpen,
  settle: (roomId, id, status) => put(`${room(roomId)}/reports/${id}`, { status }),
};
