"""HTTP API: all routes on one screen. The signature of a handler declares its parameters and its response.

Each line has the path, the handler, and the errors of the route in addition to errors that follow from its shape. A
body, a query, a token or an id in the path have errors of their own. Any route may fail with `rate_limited` or an
unavailable storage.
"""

from aiohttp import web

from domain.errors.accounts import (
    AccountDisabled,
    EmailNotVerified,
    EmailTaken,
    EmailVerified,
    InvalidAdminLink,
    InvalidRefreshToken,
    InvalidResetToken,
    InvalidVerificationToken,
    InvitationNeeded,
    MailOff,
    NoSecondFactor,
    RegistrationClosed,
    SecondFactorActive,
    SecondFactorNeeded,
    WrongCode,
    WrongCredentials,
    WrongPassword,
)
from domain.errors.admin import (
    AlreadyAdmin,
    CannotMakeAdmin,
    LastAdmin,
    OwnPromotion,
    PromotionExists,
    PromotionNotFound,
    SecondAdminNeeded,
    TooManyAnnouncements,
    UserNotVerified,
)
from domain.errors.base import Forbidden
from domain.errors.messages import TooManyHeld
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import (
    CapacityTooSmall,
    InviteNotFound,
    NotAMember,
    NotPresent,
    OwnerCannotLeave,
    RoomFull,
    RoomNotFound,
    TooManyInvites,
)
from domain.errors.study import (
    FocusOverlap,
    FocusSessionNotFound,
    FocusSessionRuns,
    ResumeTooLate,
    TaskNotFound,
    TimerChanged,
    TimerStateConflict,
    TooManyScheduledSessions,
    TooManyTasks,
)
from domain.messages import HeldMessage
from handlers import (
    account_invites,
    accounts,
    admin_rooms,
    announcements,
    api_docs,
    calendars,
    dashboard,
    export,
    focus,
    health,
    invites,
    messages,
    moderation,
    page,
    presence,
    progress,
    reports,
    rooms,
    schedule,
    tasks,
    timers,
    two_factor,
    users,
)
from handlers.routing import delete, get, post, put

ROOM = "/api/study-rooms/{id}"
TIMER_ERRORS = (TimerChanged, TimerStateConflict)
SCHEDULED = ROOM + "/schedule/{sessionId}"
SCHEDULE_ERRORS = (EmailNotVerified, Muted, NotAMember, TooManyScheduledSessions)
"""Errors of planning a date."""

FACTOR = "/api/auth/second-factor"
REAUTHENTICATION_ERRORS = (SecondFactorNeeded, WrongCode, WrongPassword)
"""Errors of re-authentication."""

REGISTRATION_ERRORS = (EmailTaken, InvalidAdminLink, InvitationNeeded, InviteNotFound, RegistrationClosed)

PROMOTION = "/api/users/{id}/promotion"
PROPOSAL_ERRORS = (AlreadyAdmin, PromotionExists, SecondAdminNeeded, UserNotVerified)
CONFIRMATION_ERRORS = (AlreadyAdmin, Forbidden, OwnPromotion, PromotionNotFound, UserNotVerified)

TASK_ERRORS = (EmailNotVerified, Muted, NotAMember, TaskNotFound, TooManyTasks)
FOCUS_TARGET_ERRORS = (NotAMember, RoomNotFound, TaskNotFound)
START_FOCUS_ERRORS = (FocusOverlap, FocusSessionNotFound, NotPresent, ResumeTooLate, *FOCUS_TARGET_ERRORS)

PROBES = [
    get("/healthz", health.alive),
    get("/readyz", health.ready),
]
"""Probes: without a token, and always answered (no rate limit, no load shedding)."""

PUBLIC_ROUTES = [
    post("/api/auth/register", accounts.register, *REGISTRATION_ERRORS, status=201),
    get("/api/server", accounts.server_rules),
    post("/api/auth/login", accounts.login, AccountDisabled, SecondFactorNeeded, WrongCode, WrongCredentials),
    post("/api/auth/refresh", accounts.refresh, InvalidRefreshToken),
    post("/api/auth/sign-out", accounts.sign_out, InvalidRefreshToken),
    post("/api/auth/forgot-password", accounts.forgot_password, MailOff),
    post("/api/auth/reset-password", accounts.reset_password, AccountDisabled, InvalidResetToken),
    post("/api/invites/lookup", invites.look_up, InviteNotFound),
    post("/api/account-invites/lookup", account_invites.look, InviteNotFound, RegistrationClosed),
    get("/api/invites/{code}", invites.show),
    get("/calendar/{secret}.ics", calendars.show),
    get("/api/openapi.json", api_docs.openapi),
    get("/api/asyncapi.json", api_docs.asyncapi),
    get("/api/docs", api_docs.routes),
    get("/api/docs/events", api_docs.events),
    get("/api/docs/style.css", api_docs.style),
]
"""Routes without a token."""

PENDING_ROUTES = [
    post("/api/auth/logout", accounts.logout),
    get("/api/auth/me", accounts.me),
    delete("/api/auth/me", accounts.delete_me, *REAUTHENTICATION_ERRORS, LastAdmin),
    post("/api/auth/me/verification", accounts.send_verification, EmailVerified, MailOff),
    post("/api/auth/verify-email", accounts.verify_email, InvalidVerificationToken),
    post("/api/auth/first-admin", accounts.become_first_admin, InvalidAdminLink),
]
"""Routes with a token that are also for accounts that wait for approval."""

AUTHENTICATED_ROUTES = [
    *PENDING_ROUTES,
    get("/api/auth/sessions", accounts.sessions),
    delete("/api/auth/sessions", accounts.end_sessions),
    delete("/api/auth/sessions/{id}", accounts.end_session),
    put("/api/auth/me", accounts.change_me),
    get("/api/auth/me/export", export.export),
    put("/api/auth/password", accounts.change_password, *REAUTHENTICATION_ERRORS),
    get(FACTOR, two_factor.show),
    post(FACTOR, two_factor.begin, SecondFactorActive, SecondFactorNeeded, WrongPassword, status=201),
    put(FACTOR, two_factor.confirm, NoSecondFactor, SecondFactorActive, WrongCode),
    delete(FACTOR, two_factor.end, NoSecondFactor, WrongCode, WrongPassword),
    get("/api/calendar", calendars.state),
    post("/api/calendar", calendars.create, status=201),
    delete("/api/calendar", calendars.revoke),
    get("/api/dashboard", dashboard.show),
    get("/api/focus/current", focus.current),
    get("/api/focus/sessions", focus.sessions),
    get("/api/focus/stats", progress.stats),
    get("/api/focus/export.csv", progress.export_csv),
    post("/api/focus", focus.start, *START_FOCUS_ERRORS),
    post("/api/focus/stop", focus.stop),
    post("/api/focus/confirm", focus.confirm),
    post("/api/focus/manual", focus.add_manual, FocusOverlap, *FOCUS_TARGET_ERRORS, status=201),
    put("/api/focus/{id}", focus.change, FocusSessionRuns, TaskNotFound),
    delete("/api/focus/{id}", focus.delete, FocusSessionRuns),
    get("/api/dashboard/admin", users.dashboard, Forbidden),
    get("/api/dashboard/admin/rooms", admin_rooms.search, Forbidden),
    get("/api/dashboard/admin/reports", reports.of_server, Forbidden),
    put("/api/dashboard/admin/reports/{id}", reports.settle, Forbidden),
    get("/api/users", users.search, Forbidden),
    get("/api/users/{id}", users.show, Forbidden),
    put("/api/users/{id}", users.change, CannotMakeAdmin, Forbidden, LastAdmin),
    post("/api/users/{id}/approve", users.approve, Forbidden),
    post("/api/users/{id}/refuse", users.refuse, Forbidden),
    get("/api/announcements", announcements.show_all),
    post("/api/announcements", announcements.create, Forbidden, TooManyAnnouncements, status=201),
    delete("/api/announcements/{id}", announcements.end, Forbidden),
    get("/api/promotions", users.promotions, Forbidden),
    post(PROMOTION, users.propose, Forbidden, *PROPOSAL_ERRORS, status=201),
    put(PROMOTION, users.confirm_promotion, *CONFIRMATION_ERRORS),
    delete(PROMOTION, users.refuse_promotion, Forbidden, PromotionNotFound),
    get("/api/account-invites", account_invites.show_all, Forbidden),
    post("/api/account-invites", account_invites.create, Forbidden, RegistrationClosed, TooManyInvites, status=201),
    delete("/api/account-invites/{id}", account_invites.revoke, Forbidden),
    get("/api/study-rooms", rooms.overview),
    post("/api/study-rooms", rooms.create, EmailNotVerified, status=201),
    get(ROOM, rooms.details, NotAMember),
    put(ROOM, rooms.change, EmailNotVerified, Forbidden, NotAMember, CapacityTooSmall),
    delete(ROOM, rooms.delete, EmailNotVerified, Forbidden),
    get(ROOM + "/basic-info", rooms.basic_info),
    get(ROOM + "/leaderboard", progress.leaderboard, NotAMember),
    put(ROOM + "/membership", rooms.change_membership, NotAMember),
    post(ROOM + "/join", rooms.join, EmailNotVerified, Banned, RoomFull),
    post(ROOM + "/leave", rooms.leave, OwnerCannotLeave),
    get(ROOM + "/messages", messages.history, NotAMember),
    post(
        ROOM + "/messages",
        messages.post,
        *(EmailNotVerified, Muted, NotAMember, TooManyHeld),
        status=201,
        accepted=HeldMessage,
    ),
    post(ROOM + "/messages/system", messages.post_system, EmailNotVerified, Forbidden, Muted, status=201),
    get(ROOM + "/presence", presence.show, NotAMember),
    post(ROOM + "/presence", presence.set_status, NotAMember, NotPresent, Muted),
    delete(ROOM + "/presence", presence.leave, NotAMember),
    get(ROOM + "/timer", timers.show, NotAMember),
    put(ROOM + "/timer", timers.change, EmailNotVerified, Forbidden, Muted, NotAMember, *TIMER_ERRORS),
    get("/api/focus/timer", timers.show_own),
    put("/api/focus/timer", timers.change_own, *TIMER_ERRORS),
    get(ROOM + "/invites", invites.of_room, EmailNotVerified, Forbidden),
    post(ROOM + "/invites", invites.create, EmailNotVerified, Forbidden, TooManyInvites, status=201),
    delete(ROOM + "/invites/{inviteId}", invites.revoke, EmailNotVerified, Forbidden),
    post("/api/invites/accept", invites.accept_code, EmailNotVerified, Banned, InviteNotFound, RoomFull),
    post("/api/invites/{code}", invites.accept, EmailNotVerified, Banned, RoomFull),
    put(ROOM + "/members/{userId}", moderation.set_role, EmailNotVerified, Forbidden, NotAMember),
    delete(ROOM + "/members/{userId}", moderation.remove, EmailNotVerified, Forbidden, NotAMember),
    put(ROOM + "/members/{userId}/mute", moderation.mute, EmailNotVerified, Forbidden, NotAMember),
    delete(ROOM + "/members/{userId}/mute", moderation.unmute, EmailNotVerified, Forbidden),
    delete(ROOM + "/members/{userId}/activity", moderation.clear_activity, EmailNotVerified, Forbidden, NotAMember),
    get(ROOM + "/bans", moderation.bans, EmailNotVerified, Forbidden),
    put(ROOM + "/bans/{userId}", moderation.ban, EmailNotVerified, Forbidden),
    delete(ROOM + "/bans/{userId}", moderation.unban, EmailNotVerified, Forbidden),
    get(ROOM + "/schedule", schedule.of_room, NotAMember),
    get(ROOM + "/schedule/past", schedule.past, NotAMember),
    post(ROOM + "/schedule", schedule.create, *SCHEDULE_ERRORS, Forbidden, status=201),
    put(SCHEDULED, schedule.change, *SCHEDULE_ERRORS, Forbidden),
    delete(SCHEDULED, schedule.delete, EmailNotVerified, Forbidden, Muted, NotAMember),
    get(SCHEDULED + "/attendance", schedule.attendance, NotAMember),
    put(SCHEDULED + "/going", schedule.go, Muted, NotAMember),
    delete(SCHEDULED + "/going", schedule.stay_away, NotAMember),
    post(ROOM + "/messages/{messageId}/report", reports.report, NotAMember, status=201),
    post(ROOM + "/members/{userId}/report", reports.report_user, NotAMember, status=201),
    post(ROOM + "/report", reports.report_room, status=201),
    get(ROOM + "/reports", reports.of_room, EmailNotVerified, Forbidden),
    put(ROOM + "/reports/{reportId}", reports.set_status, EmailNotVerified, Forbidden),
    get(ROOM + "/audit-log", moderation.audit_log, EmailNotVerified, Forbidden),
    get("/api/tasks", tasks.show_all, TaskNotFound),
    post("/api/tasks", tasks.create, RoomNotFound, *TASK_ERRORS, status=201),
    put("/api/tasks/{id}", tasks.change, RoomNotFound, *TASK_ERRORS),
    delete("/api/tasks/{id}", tasks.delete),
    get(ROOM + "/tasks", tasks.of_room, NotAMember),
    delete(ROOM + "/tasks/{taskId}", tasks.clear, EmailNotVerified, Forbidden),
]
"""Routes that require `Authorization: Bearer <token>`."""

ROUTES = sorted([*PUBLIC_ROUTES, *AUTHENTICATED_ROUTES, *PROBES], key=lambda route: "{" in route.path)
"""The API, fixed paths first (see `Route.register`)."""

PAGE = [
    web.get("/", page.show),
    web.get("/assets/{name:.+}", page.asset),
]
"""Routes for browsers, only from this origin."""
