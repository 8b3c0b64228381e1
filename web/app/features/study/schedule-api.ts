/** Routes of schedules. */

import { request } from "../../core/api";
import type { RouteBody } from "../../core/types";

const SESSION = "/api/study-rooms/{id}/schedule/{sessionId}";

export const schedule = {
  list: (id: string) => request("GET /api/study-rooms/{id}/schedule", { id }),
  past: (id: string) => request("GET /api/study-rooms/{id}/schedule/past", { id }),
  /** With `at`, the start of a date. */
  attendance: (id: string, sessionId: string, at: string) =>
    request(`GET ${SESSION}/attendance`, { id, sessionId, query: { at } }),
  plan: (id: string, body: RouteBody<"POST /api/study-rooms/{id}/schedule">) =>
    request("POST /api/study-rooms/{id}/schedule", { id, body }),
  /** With `from`, a date as in "2026-12-07", only the dates from then on change. */
  change: (id: string, sessionId: string, body: RouteBody<`PUT ${typeof SESSION}`>, from?: string) =>
    request(`PUT ${SESSION}`, { id, sessionId, body, query: { from } }),
  remove: (id: string, sessionId: string, from?: string) => request(`DELETE ${SESSION}`, { id, sessionId, query: { from } }),
  go: (id: string, sessionId: string) => request(`PUT ${SESSION}/going`, { id, sessionId }),
  cancel: (id: string, sessionId: string) => request(`DELETE ${SESSION}/going`, { id, sessionId }),
};
