/** Routes for admins, apart from core/api because a first visit does without them. */

import { request } from "../../core/api";
import type { Report, RouteBody, RouteData, RouteQuery } from "../../core/types";

export type Figures = RouteData<"GET /api/dashboard/admin">;

export const admin = {
  announcements: () => request("GET /api/announcements"),
  announce: (body: RouteBody<"POST /api/announcements">) => request("POST /api/announcements", { body }),
  endAnnouncement: (id: string) => request("DELETE /api/announcements/{id}", { id }),
  approve: (id: string) => request("POST /api/users/{id}/approve", { id }),
  reject: (id: string) => request("POST /api/users/{id}/refuse", { id }),
  promotions: () => request("GET /api/promotions"),
  propose: (id: string) => request("POST /api/users/{id}/promotion", { id }),
  confirm: (id: string) => request("PUT /api/users/{id}/promotion", { id }),
  rejectPromotion: (id: string) => request("DELETE /api/users/{id}/promotion", { id }),
  invites: () => request("GET /api/account-invites"),
  invite: (body: RouteBody<"POST /api/account-invites">) => request("POST /api/account-invites", { body }),
  revokeInvite: (id: string) => request("DELETE /api/account-invites/{id}", { id }),
  rooms: (query: RouteQuery<"GET /api/dashboard/admin/rooms">) => request("GET /api/dashboard/admin/rooms", { query }),
  reports: (query: RouteQuery<"GET /api/dashboard/admin/reports">) => request("GET /api/dashboard/admin/reports", { query }),
  setReportStatus: (id: string, status: Report["status"]) =>
    request("PUT /api/dashboard/admin/reports/{id}", { id, body: { status } }),
  figures: () => request("GET /api/dashboard/admin"),
  users: (query: RouteQuery<"GET /api/users">) => request("GET /api/users", { query }),
  change: (id: string, body: RouteBody<"PUT /api/users/{id}">) => request("PUT /api/users/{id}", { id, body }),
};
