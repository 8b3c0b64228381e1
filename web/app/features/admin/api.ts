// @ts-nocheck
/** The routes for admins: a first visit does without them. */

import { ask, post, put, query, remove } from "../../core/api";

export const admin = {
  announcements: () => ask("/api/announcements"),
  announce: (fields) => post("/api/announcements", fields),
  endAnnouncement: (id) => remove(`/api/announcements/${id}`),
  approve: (id) => post(`/api/users/${id}/approve`),
  refuse: (id) => post(`/api/users/${id}/refuse`),
  promotions: () => ask("/api/promotions"),
  propose: (id) => post(`/api/users/${id}/promotion`),
  confirm: (id) => put(`/api/users/${id}/promotion`),
  refusePromotion: (id) => remove(`/api/users/${id}/promotion`),
  invites: () => ask("/api/account-invites"),
  invite: (fields) => post("/api/account-invites", fields),
  revokeInvite: (id) => remove(`/api/account-invites/${id}`),
  rooms: (fields) => ask(`/api/dashboard/admin/rooms${query(fields)}`),
  reports: (fields) => ask(`/api/dashboard/admin/reports${query(fields)}`),
  settle: (id, status) => put(`/api/dashboard/admin/reports/${id}`, { status }),
  figures: () => ask("/api/dashboard/admin"),
  users: (fields) => ask(`/api/users${query(fields)}`),
  change: (id, fields) => put(`/api/users/${id}`, fields),
};
