/** Short names of the API's types. api-types.ts has all of them, and is generated. */

import type {
  ClientEvents,
  JoinRoomAck,
  MemberProfile,
  RoomView,
  Routes,
  ScheduledSessionView,
  SessionInfo,
  User,
} from "./api-types";

export type {
  AccountInviteView as AccountInvite,
  Announcement,
  AuditEntry,
  Ban,
  ChatEvents,
  Checklist,
  ClientEvents,
  Dashboard,
  ErrorCode,
  FieldError,
  FieldErrorCode,
  FocusCheck,
  FocusSession,
  FocusState,
  FocusStats,
  FocusToday,
  HeldMessage,
  History,
  Invite,
  InvitedRoom,
  JoinRoomAck as JoinAck,
  Leaderboard,
  ListedPromotion as Promotion,
  ListedRoom,
  ListedUser,
  Message,
  Notification,
  Overview,
  Pagination,
  PersonalEvents,
  PresentUser,
  Problem as ProblemAnswer,
  Report,
  RoomDetails,
  RoomInfo,
  RoomUser,
  SendMessageAck,
  ServerRoom,
  ServerRules,
  SharedTask,
  StudyingNow,
  Task,
  TimerView as Timer,
  TokenResponse,
  TwoFactorState,
  UpcomingSession,
  User,
  UserSummary,
} from "./api-types";

/** A room as its members see it. */
export type Room = RoomView;
/** The user who is signed in. */
export type Me = User;
export type Member = MemberProfile;
export type Session = SessionInfo;
/** A date for studying together, once or weekly. */
export type ScheduledSession = ScheduledSessionView;
export type Weekday = ScheduledSession["days"][number];

/** A role in a room. */
export type Role = NonNullable<RoomView["role"]>;
/** The presence of a user who is connected. */
export type Status = "active" | "away" | "busy";
/** A status that stands until the user changes it. */
export type ChosenStatus = NonNullable<JoinRoomAck["chosenStatus"]>;

/** "METHOD /path/{id}" of a route. */
export type Route = keyof Routes;
/** Data of a route's response: `RouteData<"GET /api/auth/me">`. */
export type RouteData<R extends Route> = Routes[R]["data"];
/** Body of a route's request. */
export type RouteBody<R extends Route> = Routes[R] extends { body: infer Body } ? Body : never;
/** Query parameters of a route, all optional. */
export type RouteQuery<R extends Route> = Routes[R] extends { query: infer Query } ? Query : never;

/** Payload of an event that the page sends. */
export type EventPayload<E extends keyof ClientEvents> = ClientEvents[E]["payload"];
/** Ack of an event that succeeded. */
export type EventAck<E extends keyof ClientEvents> = Extract<ClientEvents[E]["ack"], { ok: true }>;
