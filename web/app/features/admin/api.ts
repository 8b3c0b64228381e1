// @ts-nocheck
/** Routes for admins, apart from core/api because a first visit does without them. */

import { ask, post, put, query, remove } from "../../core/api";
import type { AccountInvite, Announcement, Promotion, Report, RouteBody, RouteData, RouteQuery, User } from "../../core/types";

export type Figures = RouteData<"GET /api/dashboard/admin">;
type Users = RouteData<"GET /api/users">;
type Rooms = RouteData<"GET /api/dashboard/admin/rooms">;
type Reports = RouteData<"GET /api/dashboard/admin/reports">;

export const admin = {
  announcements: (): Promise<Announcement[]> => ask("/api/announcements"),
  announce: (fields: RouteBody<"POST /api/announcements">): Promise<Announcement> => post("/api/announcements", fields),
  endAnnouncement: (id: string): Promise<null> => remove(`/api/announcements/${id}`),
  approve: (id: string): Promise<User> => post(`/api/users/${id}/approve`),
  reject: (id: string): Promise<null> => post(`/api/users/${id}/refuse`),
  promotions: (): Promise<Promotion[]> => ask("/api/promotions"),
  propose: (id: string): Promise<Promotion> => post(`/api/users/${id}/promotion`),
  confirm: (id: string): Promise<User> => put(`/api/users/${id}/promotion`),
  rejectPromotion: (id: string): Promise<null> => remove(`/api/users/${id}/promotion`),
  invites: (): Promise<AccountInvite[]> => ask("/api/account-invites"),
  invite: (fields: RouteBody<"POST /api/account-invites">): Promise<AccountInvite> => post("/api/account-invites", fields),
  revokeInvite: (id: string): Promise<null> => remove(`/api/account-invites/${id}`),
  rooms: (fields: RouteQuery<"GET /api/dashboard/admin/rooms">): Promise<Rooms> =>
    ask(`/api/dashboard/admin/rooms${query(fields)}`),
  reports: (fields: RouteQuery<"GET /api/dashboard/admin/reports">): Promise<Reports> =>
    ask(`/api/dashboard/admin/reports${query(fields)}`),
  setReportStatus: (id: string, status: Report["status"]): Promise<Report> =>
    put(`/api/dashboard/admin/reports/${id}`, { status }),
  figures: (): Promise<Figures> => ask("/api/dashboard/admin"),
  users: (fields: RouteQuery<"GET /api/users">): Promise<Users> => ask(`/api/users${query(fields)}`),
  change: (id: string, fields: RouteBody<"PUT /api/users/{id}">): Promise<User> => put(`/api/users/${id}`, fields),
};
