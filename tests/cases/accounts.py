"""Rows of both matrices, bad input and authorisation: registration, sessions, profile, second factor, invitations."""

from collections.abc import Iterable, Mapping

from domain.account_requests import (
    AccountDeletion,
    AccountInviteCode,
    AdminClaim,
    BeginTwoFactor,
    ConfirmTwoFactor,
    Credentials,
    DisableTwoFactor,
    EmailVerification,
    ForgottenPassword,
    NewAccountInvite,
    PasswordChange,
    PasswordReset,
    ProfileChange,
    RefreshRequest,
    Registration,
    SignOut,
    TokenRenewal,
)
from domain.base import Payload
from tests.support.authorisation import (
    ACTORS,
    OK,
    OWNER,
    PASSWORD,
    PENDING,
    SIGNED_IN,
    SIGNED_OUT,
    Row,
    everybody,
    for_admins,
    signed_in,
)
from tests.support.bad_input import MY_PASSWORD, Cell, Event, Route, special
from tests.support.bad_values import (
    Value,
    code,
    email,
    integer,
    language,
    link,
    password,
    person_name,
    text,
    time_zone,
    word,
)
from tests.support.outcomes import (
    ACCEPTED,
    INVITE_NOT_FOUND,
    NO_ADMIN_LINK,
    NO_REFRESH_TOKEN,
    NO_RESET_TOKEN,
    NO_TOKEN,
    NO_VERIFICATION_TOKEN,
    SESSION_NOT_FOUND,
    UNKNOWN,
    WRONG_CODE,
    WRONG_CREDENTIALS,
    WRONG_PASSWORD,
    Outcome,
    Refused,
    invalid,
)

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    Registration: {
        "firstName": person_name(),
        "lastName": person_name(0, required=False),
        "email": email("example.org"),
        "password": password(),
        "invite": code(INVITE_NOT_FOUND, required=False),
        "adminToken": text(100, required=False, well_formed=NO_ADMIN_LINK),
        "language": language(),
        "timeZone": time_zone(),
        "weekStartsOn": word("monday", "saturday", "sunday", required=False),
    },
    AdminClaim: {"token": text(100, well_formed=NO_ADMIN_LINK)},
    Credentials: {
        "email": email("nowhere.example.org", WRONG_CREDENTIALS),
        "password": password(1, WRONG_CREDENTIALS),
        "code": text(100, required=False, well_formed=ACCEPTED),
    },
    BeginTwoFactor: {"currentPassword": password(1, WRONG_PASSWORD)},
    ConfirmTwoFactor: {"code": text(100, well_formed=WRONG_CODE)},
    DisableTwoFactor: {
        "currentPassword": password(1, WRONG_PASSWORD),
        "code": text(100, well_formed=WRONG_CODE),
    },
    SignOut: {"token": text(200, well_formed=NO_REFRESH_TOKEN)},
    RefreshRequest: {"refreshToken": text(200, well_formed=NO_REFRESH_TOKEN)},
    TokenRenewal: {"token": text(2000, well_formed=NO_TOKEN)},
    ProfileChange: {
        "firstName": person_name(required=False),
        "lastName": person_name(0, required=False),
        "avatar": link(),
        "bio": text(1000, 0, required=False, lines=True),
        "language": language(),
        "timeZone": time_zone(),
        "dayStartsAt": integer(0, 6, required=False),
        "dailyGoal": integer(1, 1440, required=False),
        "weekStartsOn": word("monday", "saturday", "sunday", required=False),
    },
    AccountDeletion: {
        "currentPassword": password(1, WRONG_PASSWORD),
        "code": text(100, required=False, well_formed=ACCEPTED),
    },
    PasswordChange: {
        "currentPassword": password(1, WRONG_PASSWORD),
        "newPassword": password(),
        "code": text(100, required=False, well_formed=ACCEPTED),
    },
    ForgottenPassword: {"email": email("nowhere.example.org", ACCEPTED)},
    PasswordReset: {"token": text(100, well_formed=NO_RESET_TOKEN), "newPassword": password()},
    EmailVerification: {"token": text(100, well_formed=NO_VERIFICATION_TOKEN)},
    NewAccountInvite: {
        "expiresIn": integer(60, 31_536_000, required=False),
        "uses": integer(1, 1_000, required=False),
        "email": email("example.org", required=False),
    },
    AccountInviteCode: {"code": code(INVITE_NOT_FOUND)},
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("POST", "/api/auth/register"): Route(
        201,
        Registration,
        {"firstName": b'"New"', "lastName": b'"Comer"', "email": b'"new<number>@example.org"', "password": MY_PASSWORD},
        caller=None,
    ),
    ("POST", "/api/auth/login"): Route(200, Credentials, {"email": b'"<email>"', "password": MY_PASSWORD}, caller=None),
    ("POST", "/api/auth/sign-out"): Route(200, SignOut, {"token": b'"<refresh-token>"'}, caller=None),
    ("POST", "/api/auth/refresh"): Route(200, RefreshRequest, {"refreshToken": b'"<refresh-token>"'}, caller=None),
    ("GET", "/api/account-invites"): Route(caller="head"),
    ("POST", "/api/account-invites"): Route(201, NewAccountInvite, {"uses": b"5"}, caller="head"),
    ("DELETE", "/api/account-invites/<accountinvite>"): Route(caller="head", parts={"accountinvite": INVITE_NOT_FOUND}),
    ("POST", "/api/account-invites/lookup"): Route(200, AccountInviteCode, {"code": b'"<account-code>"'}, caller=None),
    ("POST", "/api/auth/first-admin"): Route(200, AdminClaim, {"token": b'"<admin-token>"'}, caller="head"),
    ("POST", "/api/auth/forgot-password"): Route(
        200, ForgottenPassword, {"email": b'"nobody@example.org"'}, caller=None
    ),
    ("POST", "/api/auth/reset-password"): Route(
        200, PasswordReset, {"token": b'"<reset-token>"', "newPassword": b'"another password"'}, caller=None
    ),
    ("POST", "/api/auth/verify-email"): Route(
        200, EmailVerification, {"token": b'"<verification-token>"'}, caller="guest"
    ),
    ("POST", "/api/auth/me/verification"): Route(caller="guest"),
    ("POST", "/api/auth/logout"): Route(caller="guest"),
    ("GET", "/api/auth/sessions"): Route(),
    ("DELETE", "/api/auth/sessions"): Route(caller="guest"),
    ("DELETE", "/api/auth/sessions/<session>"): Route(
        caller="guest", room="session", absent=SESSION_NOT_FOUND, private=None
    ),
    ("GET", "/api/auth/me"): Route(),
    ("PUT", "/api/auth/me"): Route(200, ProfileChange, {"bio": b'"Numbers"'}),
    ("DELETE", "/api/auth/me"): Route(200, AccountDeletion, {"currentPassword": MY_PASSWORD}, caller="guest"),
    ("GET", "/api/auth/me/export"): Route(),
    ("PUT", "/api/auth/password"): Route(
        200, PasswordChange, {"currentPassword": MY_PASSWORD, "newPassword": b'"another password"'}, caller="guest"
    ),
    ("GET", "/api/auth/second-factor"): Route(),
    ("POST", "/api/auth/second-factor"): Route(201, BeginTwoFactor, {"currentPassword": MY_PASSWORD}, caller="guest"),
    ("PUT", "/api/auth/second-factor"): Route(200, ConfirmTwoFactor, {"code": b'"<totp>"'}, caller="guest"),
    ("DELETE", "/api/auth/second-factor"): Route(
        200, DisableTwoFactor, {"currentPassword": MY_PASSWORD, "code": b'"<recovery-code>"'}, caller="keeper"
    ),
    ("GET", "/api/dashboard"): Route(),
}

EVENTS: Mapping[str, Event] = {
    "refresh-token": Event(TokenRenewal, {"token": b'"<token:ada>"'}),
}

SPECIAL: list[Cell] = [
    special(
        "an email that is taken",
        "POST",
        "/api/auth/register",
        None,
        ROUTES["POST", "/api/auth/register"].base | {"email": b'" <email:upper>"'},
        Refused(409, "email_taken"),
    ),
    special(
        "two bad fields",
        "POST",
        "/api/auth/register",
        None,
        ROUTES["POST", "/api/auth/register"].base | {"firstName": b'""', "password": b'"short"'},
        invalid("firstName", "password"),
    ),
    special(
        "an email that nobody has",
        "POST",
        "/api/auth/login",
        None,
        {"email": b'"nobody@example.org"', "password": MY_PASSWORD},
        WRONG_CREDENTIALS,
    ),
    *(
        special(
            f"a refresh token that {name}", "POST", "/api/auth/refresh", None, {"refreshToken": raw}, NO_REFRESH_TOKEN
        )
        for name, raw in {
            "is an id alone": b'"' + UNKNOWN.encode() + b'"',
            "is of no sign-in": b'"' + UNKNOWN.encode() + b'.secret"',
            "has no secret": b'"<eve:sign-in>."',
            "has another's sign-in and my secret": b'"<eve:sign-in>.<secret>"',
            "was used before": b'"<used-refresh-token>"',
        }.items()
    ),
    special(
        "two bad fields",
        "PUT",
        "/api/auth/me",
        "ada",
        {"bio": b'"\\u0000"', "avatar": b'"javascript:1"'},
        invalid("avatar", "bio"),
    ),
    special(
        "a bad new password and a wrong one",
        "PUT",
        "/api/auth/password",
        "guest",
        {"currentPassword": b'"wrong"', "newPassword": b'"short"'},
        invalid("newPassword"),
    ),
]


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    everybody(
        "POST /api/auth/register",
        {"firstName": "New", "lastName": "Comer", "email": "<new email>", "password": PASSWORD},
        201,
    ),
    everybody("POST /api/auth/login", {"email": "<guest email>", "password": PASSWORD}, about="as somebody else"),
    everybody(
        "POST /api/auth/login",
        {"email": "<my email>", "password": PASSWORD},
        about="as oneself",
        nobody="wrong_credentials",
        deleted="wrong_credentials",
        disabled="account_disabled",
    ),
    everybody("POST /api/auth/sign-out", {"token": "<guest refresh>"}, about="another sign-in"),
    everybody("POST /api/auth/refresh", {"refreshToken": "<guest refresh>"}, about="another sign-in"),
    everybody(
        "POST /api/auth/refresh",
        {"refreshToken": "<my refresh>"},
        about="this sign-in",
        **dict.fromkeys(SIGNED_OUT, "invalid_refresh_token"),
    ),
    everybody(
        "POST /api/auth/reset-password",
        {"token": "<my reset>", "newPassword": "another good password"},
        nobody="invalid_reset_token",
        deleted="invalid_reset_token",
        disabled="account_disabled",
    ),
    signed_in("POST /api/auth/verify-email", {"token": "<my verification>"}, pending=OK),
    signed_in(
        "POST /api/auth/verify-email",
        {"token": "<guest verification>"},
        about="the link of another account",
        **dict.fromkeys((*SIGNED_IN, PENDING), "invalid_verification_token"),
    ),
    signed_in("POST /api/auth/me/verification", **dict.fromkeys((*SIGNED_IN, PENDING), "mail_off")),
    everybody("POST /api/auth/forgot-password", {"email": "<guest email>"}, **dict.fromkeys(ACTORS, "mail_off")),
    signed_in("POST /api/auth/logout", pending=OK),
    signed_in("GET /api/auth/sessions"),
    signed_in("DELETE /api/auth/sessions"),
    signed_in("DELETE /api/auth/sessions/:id", about="this sign-in")._replace(parts={"id": "<my sign in>"}),
    signed_in(
        "DELETE /api/auth/sessions/:id",
        about="the owner's sign-in",
        **dict.fromkeys(set(SIGNED_IN) - {OWNER}, "session_not_found"),
    )._replace(parts={"id": "<owner sign in>"}),
    signed_in("GET /api/auth/me", pending=OK),
    signed_in(
        "POST /api/auth/first-admin", {"token": "another"}, **dict.fromkeys((*SIGNED_IN, PENDING), "invalid_admin_link")
    ),
    signed_in("PUT /api/auth/me", {"bio": "Numbers"}),
    signed_in("GET /api/auth/me/export"),
    signed_in("DELETE /api/auth/me", {"currentPassword": PASSWORD}, pending=OK),
    signed_in("PUT /api/auth/password", {"currentPassword": PASSWORD, "newPassword": "another good password"}),
    signed_in("GET /api/auth/second-factor"),
    signed_in("POST /api/auth/second-factor", {"currentPassword": PASSWORD}, 201),
    signed_in("PUT /api/auth/second-factor", {"code": "492039"}, **dict.fromkeys(SIGNED_IN, "no_second_factor")),
    signed_in(
        "DELETE /api/auth/second-factor",
        {"currentPassword": PASSWORD, "code": "492039"},
        **dict.fromkeys(SIGNED_IN, "no_second_factor"),
    ),
    signed_in("GET /api/dashboard"),
    for_admins("GET /api/account-invites"),
    for_admins("POST /api/account-invites", {"uses": 3})._replace(status=201),
    for_admins("DELETE /api/account-invites/:id")._replace(parts={"id": "<account invite>"}),
    everybody("POST /api/account-invites/lookup", {"code": "<account code>"}),
)

EVENT_ROWS: tuple[Row, ...] = (signed_in("refresh-token", {"token": "<another token>"}),)
