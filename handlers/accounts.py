"""Registration, login and logout; the caller's own account."""

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
from handlers.keys import ADDRESS, CALLER, SERVICES
from handlers.routing import InPath
from services.accounts.registration_rules import ServerRules
from services.accounts.sessions import TokenResponse
from text import normalise

TAG = "auth"
"""Tag in the API documents; operationIds begin with it."""

SessionInPath = Annotated[SessionId, InPath("id", normalise.uuid, SessionNotFound)]
"""The session in a path."""


async def register(request: web.Request, new: Registration) -> TokenResponse:
    """Create an account and sign in."""
    return await _revoke_replaced(
        request, await request.app[SERVICES].registrations.register(new, client_info(request))
    )


async def server_rules(request: web.Request) -> ServerRules:
    """Get the rules for new accounts, and whether the server sends mail."""
    return request.app[SERVICES].registration_rules.public_rules


async def login(request: web.Request, credentials: Credentials) -> TokenResponse:
    """Sign in. If the request has the token of a session, this session is revoked."""
    return await _revoke_replaced(request, await request.app[SERVICES].logins.login(credentials, client_info(request)))


async def refresh(request: web.Request, body: RefreshRequest) -> TokenResponse:
    """Exchange a refresh token for a new pair of tokens."""
    return await request.app[SERVICES].sessions.refresh(body.refresh_token, client_info(request))


async def forgot_password(request: web.Request, forgotten: ForgottenPassword) -> None:
    """Mail a link that sets a new password."""
    await request.app[SERVICES].password_reset_emails.request(forgotten.email, request[ADDRESS])


async def reset_password(request: web.Request, payload: PasswordReset) -> None:
    """Set a new password with the token of a link."""
    await request.app[SERVICES].password_resets.redeem(payload)


async def send_verification(request: web.Request) -> None:
    """Mail the caller a link that verifies their email."""
    await request.app[SERVICES].email_verifier.send_link(request[CALLER].user)


async def verify_email(request: web.Request, payload: EmailVerification) -> User:
    """Verify the caller's email with the token of a link, and return their profile."""
    return await request.app[SERVICES].email_verifier.verify(payload, request[CALLER].user)


async def logout(request: web.Request) -> None:
    """Revoke the session of this request."""
    await request.app[SERVICES].sessions.revoke(request[CALLER].session_id)


async def sign_out(request: web.Request, left: SignOut) -> None:
    """Revoke a session by its refresh token, or by the hash of it: for a client that signed out while offline."""
    await request.app[SERVICES].sessions.revoke_by_token(left.token)


async def sessions(request: web.Request) -> list[SessionInfo]:
    """List the caller's sessions."""
    return await request.app[SERVICES].sessions.list_own(request[CALLER])


async def end_session(request: web.Request, session_id: SessionInPath) -> None:
    """Revoke one of the caller's sessions."""
    await request.app[SERVICES].sessions.revoke_own(session_id, request[CALLER].user.id)


async def end_sessions(request: web.Request) -> None:
    """Revoke all of the caller's sessions except the session of this request."""
    caller = request[CALLER]
    await request.app[SERVICES].sessions.revoke_all(caller.user.id, except_session=caller.session_id)


async def me(request: web.Request) -> User:
    """Get the caller's profile."""
    return request[CALLER].user


async def become_first_admin(request: web.Request, claim: AdminClaim) -> User:
    """Claim the role of the first admin, with the token of the link that the server printed at its start."""
    return await request.app[SERVICES].first_admin.claim(claim.token, request[CALLER].user)


async def change_me(request: web.Request, change: ProfileChange) -> User:
    """Change the caller's profile."""
    return await request.app[SERVICES].profiles.change(change, request[CALLER].user)


async def delete_me(request: web.Request, deletion: AccountDeletion) -> None:
    """Delete the caller's account."""
    await request.app[SERVICES].account_deletions.delete(deletion, request[CALLER].user, request[ADDRESS])


async def change_password(request: web.Request, change: PasswordChange) -> None:
    """Change the caller's password."""
    await request.app[SERVICES].password_changes.change(change, request[CALLER], request[ADDRESS])


async def _revoke_replaced(request: web.Request, tokens: TokenResponse) -> TokenResponse:
    """Return the new tokens after revoking the session that the client used before."""
    if (token := bearer(request)) is not None:
        await request.app[SERVICES].sessions.revoke_replaced(token)
    return tokens


def client_info(request: web.Request) -> ClientInfo:
    """Return the client's program and address, as far as the request shows them."""
    return ClientInfo(normalise.user_agent(request.headers.get("User-Agent", "")), request[ADDRESS])
