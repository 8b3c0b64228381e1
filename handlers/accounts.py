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
from domain.accounts import Caller, ClientInfo, SessionInfo, User
from domain.base import SessionId
from domain.errors.accounts import SessionNotFound
from handlers.bearer import bearer
from handlers.routing import InPath
from services.accounts.registration_rules import ServerRules
from services.accounts.sessions import TokenResponse
from services.container import Services
from text import normalise

TAG = "auth"
"""Tag in the API documents; operationIds begin with it."""

SessionInPath = Annotated[SessionId, InPath("id", normalise.uuid, SessionNotFound)]
"""The session in a path."""


async def register(services: Services, client: ClientInfo, request: web.Request, new: Registration) -> TokenResponse:
    """Create an account and sign in."""
    return await _revoke_replaced(services, request, await services.registrations.register(new, client))


async def server_rules(services: Services) -> ServerRules:
    """Get the rules for new accounts, and whether the server sends mail."""
    return services.registration_rules.public_rules


async def login(
    services: Services, client: ClientInfo, request: web.Request, credentials: Credentials
) -> TokenResponse:
    """Sign in. If the request has the token of a session, this session is revoked."""
    return await _revoke_replaced(services, request, await services.logins.login(credentials, client))


async def refresh(services: Services, client: ClientInfo, body: RefreshRequest) -> TokenResponse:
    """Exchange a refresh token for a new pair of tokens."""
    return await services.sessions.refresh(body.refresh_token, client)


async def forgot_password(services: Services, client: ClientInfo, forgotten: ForgottenPassword) -> None:
    """Mail a link that sets a new password."""
    await services.password_reset_emails.request(forgotten.email, client.address)


async def reset_password(services: Services, payload: PasswordReset) -> None:
    """Set a new password with the token of a link, and revoke all sessions."""
    await services.password_resets.redeem(payload)


async def send_verification(services: Services, caller: Caller) -> None:
    """Mail the caller a link that verifies their email."""
    await services.email_verifier.send_link(caller.user)


async def verify_email(services: Services, caller: Caller, payload: EmailVerification) -> User:
    """Verify the caller's email with the token of a link, and return their profile."""
    return await services.email_verifier.verify(payload, caller.user)


async def logout(services: Services, caller: Caller) -> None:
    """Revoke the session of this request."""
    await services.sessions.revoke(caller.session_id)


async def sign_out(services: Services, left: SignOut) -> None:
    """Revoke a session by its refresh token, or by the hash of it: for a client that signed out while offline."""
    await services.sessions.revoke_by_token(left.token)


async def sessions(services: Services, caller: Caller) -> list[SessionInfo]:
    """List the caller's sessions."""
    return await services.sessions.list_own(caller)


async def end_session(services: Services, caller: Caller, session_id: SessionInPath) -> None:
    """Revoke one of the caller's sessions."""
    await services.sessions.revoke_own(session_id, caller.user.id)


async def end_sessions(services: Services, caller: Caller) -> None:
    """Revoke all of the caller's sessions except the session of this request."""
    await services.sessions.revoke_all(caller.user.id, except_session=caller.session_id)


async def me(caller: Caller) -> User:
    """Get the caller's profile."""
    return caller.user


async def become_first_admin(services: Services, caller: Caller, claim: AdminClaim) -> User:
    """Claim the role of the first admin, with the token of the link that the server printed at its start."""
    return await services.first_admin.claim(claim.token, caller.user)


async def change_me(services: Services, caller: Caller, change: ProfileChange) -> User:
    """Change the caller's profile."""
    return await services.profiles.change(change, caller.user)


async def delete_me(services: Services, caller: Caller, deletion: AccountDeletion) -> None:
    """Delete the caller's account."""
    await services.account_deletions.delete(deletion, caller.user, caller.address)


async def change_password(services: Services, caller: Caller, change: PasswordChange) -> None:
    """Change the caller's password, and revoke their other sessions."""
    await services.password_changes.change(change, caller, caller.address)


async def _revoke_replaced(services: Services, request: web.Request, tokens: TokenResponse) -> TokenResponse:
    """Return the new tokens after revoking the session that the client used before."""
    if (token := bearer(request)) is not None:
        await services.sessions.revoke_replaced(token)
    return tokens
