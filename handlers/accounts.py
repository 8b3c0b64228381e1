"""Signing up, in and out; one's own profile."""

from typing import Annotated

from aiohttp import web

from domain.account_requests import (
    AccountDeletion,
    AdminClaim,
    Credentials,
    EmailVerification,
    ForgottenPassword,
    PasswordChange,
    PasswordReset,
    ProfileChange,
    RefreshRequest,
    Registration,
    SignOut,
)
from domain.accounts import ClientInfo, SessionInfo, User
from domain.base import SessionId
from domain.errors.accounts import SessionNotFound
from handlers.bearer import bearer
from handlers.keys import (
    ACCOUNTS,
    ADDRESS,
    CALLER,
    FIRST_ADMIN,
    PROFILES,
    REGISTRATION,
    RESET_MAIL,
    RESETS,
    SESSIONS,
    VERIFICATION,
)
from handlers.routing import InPath
from services.accounts.registration_rules import ServerRules
from services.accounts.sessions import TokenResponse
from text import normalise

TAG = "auth"
"""In the API documents; operationIds begin with it."""

SessionInPath = Annotated[SessionId, InPath("id", normalise.uuid, SessionNotFound)]
"""The sign-in that a path names."""


async def register(request: web.Request, new: Registration) -> TokenResponse:
    """Make an account and sign it in."""
    return await _revoke_replaced(request, await request.app[ACCOUNTS].register(new, client_info(request)))


async def server_rules(request: web.Request) -> ServerRules:
    """Show who may register here, and whether the server sends mail."""
    return request.app[REGISTRATION].public_rules


async def login(request: web.Request, credentials: Credentials) -> TokenResponse:
    """Sign in; the sign-in whose token comes with the request ends."""
    return await _revoke_replaced(request, await request.app[ACCOUNTS].login(credentials, client_info(request)))


async def refresh(request: web.Request, body: RefreshRequest) -> TokenResponse:
    """Trade a refresh token for a new pair."""
    return await request.app[SESSIONS].refresh(body.refresh_token, client_info(request))


async def forgot_password(request: web.Request, forgotten: ForgottenPassword) -> None:
    """Have a link that sets a new password sent by mail."""
    await request.app[RESET_MAIL].request(forgotten.email, request[ADDRESS])


async def reset_password(request: web.Request, payload: PasswordReset) -> None:
    """Set a new password with the token of a link."""
    await request.app[RESETS].redeem(payload)


async def send_verification(request: web.Request) -> None:
    """Send the caller a link that verifies their email."""
    await request.app[VERIFICATION].send_link(request[CALLER].user)


async def verify_email(request: web.Request, payload: EmailVerification) -> User:
    """Verify the caller's email with the token of a link, and show their profile."""
    return await request.app[VERIFICATION].verify(payload, request[CALLER].user)


async def logout(request: web.Request) -> None:
    """End this sign-in."""
    await request.app[SESSIONS].revoke(request[CALLER].session_id)


async def sign_out(request: web.Request, left: SignOut) -> None:
    """End a sign-in by its refresh token, or by the hash of it: for a client that signed out without a connection."""
    await request.app[SESSIONS].revoke_by_token(left.token)


async def sessions(request: web.Request) -> list[SessionInfo]:
    """Show where the caller is signed in."""
    return await request.app[SESSIONS].list_own(request[CALLER])


async def end_session(request: web.Request, session_id: SessionInPath) -> None:
    """End one sign-in of the caller."""
    await request.app[SESSIONS].revoke_own(session_id, request[CALLER].user.id)


async def end_sessions(request: web.Request) -> None:
    """End every sign-in of the caller but the one that they ask by."""
    caller = request[CALLER]
    await request.app[SESSIONS].revoke_all(caller.user.id, except_session=caller.session_id)


async def me(request: web.Request) -> User:
    """Show the caller's profile."""
    return request[CALLER].user


async def become_first_admin(request: web.Request, claim: AdminClaim) -> User:
    """Make the caller the first admin, with the token of the link that the server printed at its start."""
    return await request.app[FIRST_ADMIN].claim(claim.token, request[CALLER].user)


async def change_me(request: web.Request, change: ProfileChange) -> User:
    """Change the caller's profile."""
    return await request.app[PROFILES].change(change, request[CALLER].user)


async def delete_me(request: web.Request, deletion: AccountDeletion) -> None:
    """Delete the caller's account."""
    await request.app[ACCOUNTS].delete(deletion, request[CALLER].user, request[ADDRESS])


async def change_password(request: web.Request, change: PasswordChange) -> None:
    """Change the caller's password."""
    await request.app[ACCOUNTS].change_password(change, request[CALLER], request[ADDRESS])


async def _revoke_replaced(request: web.Request, tokens: TokenResponse) -> TokenResponse:
    """Return a new sign-in when the one that the client has had until now is over."""
    if (token := bearer(request)) is not None:
        await request.app[SESSIONS].revoke_replaced(token)
    return tokens


def client_info(request: web.Request) -> ClientInfo:
    """Return what the request tells of the device it comes from."""
    return ClientInfo(normalise.user_agent(request.headers.get("User-Agent", "")), request[ADDRESS])
