"""The HTTP edge: the whole API on one screen. A handler acts; what it takes and answers its signature says.

A line has the path, the handler, and how the route may fail beside what follows from its shape: a body, a query, a
token or an id in the path have failures of their own, and any route may be `rate_limited` or find no storage.
"""

from aiohttp import web

from errors import (
    AccountDisabled,
    AlreadyAdmin,
    Banned,
    CannotMakeAdmin,
    CapacityTooSmall,
    EmailNotVerified,
    EmailTaken,
    EmailVerified,
    Forbidden,
    InvalidAdminLink,
    InvalidRefreshToken,
    InvalidResetToken,
    InvalidVerificationToken,
    InvitationNeeded,
    InviteNotFound,
    LastAdmin,
    MailOff,
    Muted,
    NoSecondFactor,
    NotAMember,
    NotPresent,
    OwnerCannotLeave,
    OwnPromotion,
    PromotionExists,
    PromotionNotFound,
    RegistrationClosed,
    RoomFull,
    SecondAdminNeeded,
    SecondFactorActive,
    SecondFactorNeeded,
    TooManyAnnouncements,
    TooManyInvites,
    UserNotVerified,
    WrongCode,
    WrongCredentials,
    WrongPassword,
)
from handlers import (
    account_invites,
    announcements,
    auth,
    dashboard,
    docs,
    export,
    health,
    invites,
    messages,
    moderation,
    page,
    people,
    presence,
    reports,
    rooms,
    second_factor,
    server_rooms,
)
from handlers.routes import delete, get, post, put

ROOM = "/api/study-rooms/{id}"
FACTOR = "/api/auth/second-factor"
PROOF = (SecondFactorNeeded, WrongCode, WrongPassword)
"""Failures of saying the password again."""

MAY_REFUSE = (EmailTaken, InvalidAdminLink, InvitationNeeded, InviteNotFound, RegistrationClosed)

PROMOTION = "/api/users/{id}/promotion"
NO_PROPOSAL = (AlreadyAdmin, PromotionExists, SecondAdminNeeded, UserNotVerified)
NO_CONFIRMATION = (AlreadyAdmin, Forbidden, OwnPromotion, PromotionNotFound, UserNotVerified)

PROBES = [
    get("/healthz", health.alive),
    get("/readyz", health.ready),
]
"""What needs no token and is always answered."""

OPEN = [
    post("/api/auth/register", auth.register, *MAY_REFUSE, status=201),
    get("/api/server", auth.server_rules),
    post("/api/auth/login", auth.login, AccountDisabled, SecondFactorNeeded, WrongCode, WrongCredentials),
    post("/api/auth/refresh", auth.refresh, InvalidRefreshToken),
    post("/api/auth/sign-out", auth.sign_out, InvalidRefreshToken),
    post("/api/auth/forgot-password", auth.forgot_password, MailOff),
    post("/api/auth/reset-password", auth.reset_password, AccountDisabled, InvalidResetToken),
    post("/api/invites/lookup", invites.look_up, InviteNotFound),
    post("/api/account-invites/lookup", account_invites.look, InviteNotFound, RegistrationClosed),
    get("/api/invites/{code}", invites.show),
    get("/api/openapi.json", docs.openapi),
    get("/api/asyncapi.json", docs.asyncapi),
    get("/api/docs", docs.routes),
    get("/api/docs/events", docs.events),
    get("/api/docs/style.css", docs.style),
]
"""What needs no token."""

PENDING_TOO = [
    post("/api/auth/logout", auth.logout),
    get("/api/auth/me", auth.me),
    delete("/api/auth/me", auth.delete_me, *PROOF, LastAdmin),
    post("/api/auth/me/verification", auth.send_verification, EmailVerified, MailOff),
    post("/api/auth/verify-email", auth.verify_email, InvalidVerificationToken),
    post("/api/auth/first-admin", auth.become_first_admin, InvalidAdminLink),
]
"""Routes with a token that are also for accounts that wait for approval."""

SIGNED_IN = [
    *PENDING_TOO,
    get("/api/auth/sessions", auth.sessions),
    delete("/api/auth/sessions", auth.end_sessions),
    delete("/api/auth/sessions/{id}", auth.end_session),
    put("/api/auth/me", auth.change_me),
    get("/api/auth/me/export", export.export),
    put("/api/auth/password", auth.change_password, *PROOF),
    get(FACTOR, second_factor.show),
    post(FACTOR, second_factor.begin, SecondFactorActive, SecondFactorNeeded, WrongPassword, status=201),
    put(FACTOR, second_factor.confirm, NoSecondFactor, SecondFactorActive, WrongCode),
    delete(FACTOR, second_factor.end, NoSecondFactor, WrongCode, WrongPassword),
    get("/api/dashboard", dashboard.show),
    get("/api/dashboard/admin", people.dashboard, Forbidden),
    get("/api/dashboard/admin/rooms", server_rooms.search, Forbidden),
    get("/api/dashboard/admin/reports", reports.of_server, Forbidden),
    put("/api/dashboard/admin/reports/{id}", reports.settle, Forbidden),
    get("/api/users", people.search, Forbidden),
    get("/api/users/{id}", people.show, Forbidden),
    put("/api/users/{id}", people.change, CannotMakeAdmin, Forbidden, LastAdmin),
    post("/api/users/{id}/approve", people.approve, Forbidden),
    post("/api/users/{id}/refuse", people.refuse, Forbidden),
    get("/api/announcements", announcements.show_all),
    post("/api/announcements", announcements.create, Forbidden, TooManyAnnouncements, status=201),
    delete("/api/announcements/{id}", announcements.end, Forbidden),
    get("/api/promotions", people.promotions, Forbidden),
    post(PROMOTION, people.propose, Forbidden, *NO_PROPOSAL, status=201),
    put(PROMOTION, people.confirm_promotion, *NO_CONFIRMATION),
    delete(PROMOTION, people.refuse_promotion, Forbidden, PromotionNotFound),
    get("/api/account-invites", account_invites.show_all, Forbidden),
    post("/api/account-invites", account_invites.create, Forbidden, RegistrationClosed, TooManyInvites, status=201),
    delete("/api/account-invites/{id}", account_invites.revoke, Forbidden),
    get("/api/study-rooms", rooms.overview),
    post("/api/study-rooms", rooms.create, EmailNotVerified, status=201),
    get(ROOM, rooms.details, NotAMember),
    put(ROOM, rooms.change, EmailNotVerified, Forbidden, NotAMember, CapacityTooSmall),
    delete(ROOM, rooms.delete, EmailNotVerified, Forbidden),
    get(ROOM + "/basic-info", rooms.basic_info),
    post(ROOM + "/join", rooms.join, EmailNotVerified, Banned, RoomFull),
    post(ROOM + "/leave", rooms.leave, OwnerCannotLeave),
    get(ROOM + "/messages", messages.history, NotAMember),
    post(ROOM + "/messages", messages.post, EmailNotVerified, Muted, NotAMember, status=201),
    post(ROOM + "/messages/system", messages.post_system, EmailNotVerified, Forbidden, Muted, status=201),
    get(ROOM + "/presence", presence.show, NotAMember),
    post(ROOM + "/presence", presence.set_status, NotAMember, NotPresent),
    delete(ROOM + "/presence", presence.leave, NotAMember),
    get(ROOM + "/invites", invites.of_room, EmailNotVerified, Forbidden),
    post(ROOM + "/invites", invites.create, EmailNotVerified, Forbidden, TooManyInvites, status=201),
    delete(ROOM + "/invites/{inviteId}", invites.revoke, EmailNotVerified, Forbidden),
    post("/api/invites/accept", invites.accept_code, EmailNotVerified, Banned, InviteNotFound, RoomFull),
    post("/api/invites/{code}", invites.accept, EmailNotVerified, Banned, RoomFull),
    put(ROOM + "/members/{userId}", moderation.set_role, EmailNotVerified, Forbidden, NotAMember),
    delete(ROOM + "/members/{userId}", moderation.remove, EmailNotVerified, Forbidden, NotAMember),
    put(ROOM + "/members/{userId}/mute", moderation.mute, EmailNotVerified, Forbidden, NotAMember),
    delete(ROOM + "/members/{userId}/mute", moderation.unmute, EmailNotVerified, Forbidden),
    get(ROOM + "/bans", moderation.bans, EmailNotVerified, Forbidden),
    put(ROOM + "/bans/{userId}", moderation.ban, EmailNotVerified, Forbidden),
    delete(ROOM + "/bans/{userId}", moderation.unban, EmailNotVerified, Forbidden),
    post(ROOM + "/messages/{messageId}/report", reports.report, NotAMember, status=201),
    post(ROOM + "/members/{userId}/report", reports.report_user, NotAMember, status=201),
    post(ROOM + "/report", reports.report_room, status=201),
    get(ROOM + "/reports", reports.of_room, EmailNotVerified, Forbidden),
    put(ROOM + "/reports/{reportId}", reports.set_status, EmailNotVerified, Forbidden),
    get(ROOM + "/audit-log", moderation.audit_log, EmailNotVerified, Forbidden),
]
"""What needs `Authorization: Bearer <token>`."""

ROUTES = sorted([*OPEN, *SIGNED_IN, *PROBES], key=lambda route: "{" in route.path)
"""The API, fixed paths first (see `Route.register`)."""

PAGE = [
    web.get("/", page.show),
    web.get("/assets/{version}/{name:.+}", page.asset),
]
"""What is for browsers, from this origin alone."""
