"""The HTTP edge: the whole API on one screen. A handler parses, acts and answers."""

from aiohttp import web

from handlers import auth, dashboard, health, messages, page, presence, rooms

ROOM = "/api/study-rooms/{id:[^/]+}"  # [^/]: aiohttp takes no braces otherwise, and an id may be written with them

OPEN = [
    web.post("/api/auth/register", auth.register),
    web.post("/api/auth/login", auth.login),
    web.post("/api/auth/refresh", auth.refresh),
    web.get("/healthz", health.alive),
    web.get("/readyz", health.ready),
]
"""What needs no token."""

SIGNED_IN = [
    web.post("/api/auth/logout", auth.logout),
    web.get("/api/auth/me", auth.me),
    web.put("/api/auth/me", auth.change_me),
    web.delete("/api/auth/me", auth.delete_me),
    web.put("/api/auth/password", auth.change_password),
    web.get("/api/dashboard", dashboard.show),
    web.get("/api/study-rooms", rooms.overview),
    web.post("/api/study-rooms", rooms.create),
    web.get(ROOM, rooms.details),
    web.put(ROOM, rooms.change),
    web.delete(ROOM, rooms.delete),
    web.get(ROOM + "/basic-info", rooms.basic_info),
    web.post(ROOM + "/join", rooms.join),
    web.post(ROOM + "/leave", rooms.leave),
    web.get(ROOM + "/messages", messages.history),
    web.post(ROOM + "/messages", messages.post),
    web.post(ROOM + "/messages/system", messages.post_system),
    web.get(ROOM + "/presence", presence.show),
    web.post(ROOM + "/presence", presence.set_status),
    web.delete(ROOM + "/presence", presence.leave),
]
"""What needs `Authorization: Bearer <token>`."""

ROUTES = [*OPEN, *SIGNED_IN]
"""The API."""

PAGE = [
    web.get("/", page.show),
    web.get("/assets/{version}/{name:.+}", page.asset),
]
"""What is for browsers, from this origin alone."""
