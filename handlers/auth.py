"""Signing up, in and out; one's own profile."""

from aiohttp import web

from app_keys import ACCOUNTS, ADDRESS, CALLER, RESETS
from bodies import Credentials, PasswordChange, PasswordReset, ProfileChange, RefreshRequest, Registration
from models import User
from services.accounts import SignedIn


async def register(request: web.Request, new: Registration) -> SignedIn:
    """Make an account and sign it in."""
    return await request.app[ACCOUNTS].register(new, request[ADDRESS])


async def login(request: web.Request, credentials: Credentials) -> SignedIn:
    """Sign in."""
    return await request.app[ACCOUNTS].login(credentials, request[ADDRESS])


async def refresh(request: web.Request, body: RefreshRequest) -> SignedIn:
    """Trade a refresh token for a new pair."""
    return await request.app[ACCOUNTS].refresh(body.refresh_token)


async def reset_password(request: web.Request, wanted: PasswordReset) -> None:
    """Set a new password with the token of a link."""
    await request.app[RESETS].use(wanted)


async def logout(request: web.Request) -> None:
    """End this sign-in."""
    await request.app[ACCOUNTS].logout(request[CALLER])


async def me(request: web.Request) -> User:
    """Show the caller's profile."""
    return request[CALLER].user


async def change_me(request: web.Request, change: ProfileChange) -> User:
    """Change the caller's profile."""
    return await request.app[ACCOUNTS].change_profile(change, request[CALLER].user)


async def delete_me(request: web.Request) -> None:
    """Delete the caller's account."""
    await request.app[ACCOUNTS].delete(request[CALLER].user)


async def change_password(request: web.Request, change: PasswordChange) -> None:
    """Change the caller's password."""
    await request.app[ACCOUNTS].change_password(change, request[CALLER])
