"""Signing up, in and out; one's own profile."""

from aiohttp import web

from app_keys import ACCOUNTS, ADDRESS, CALLER
from bodies import Credentials, PasswordChange, ProfileChange, RefreshRequest, Registration
from handlers.reading import answer, plain, read
from services.accounts import SignedIn


async def register(request: web.Request) -> web.Response:
    """Make an account and sign it in."""
    new = await read(request, Registration)
    return _signed_in(await request.app[ACCOUNTS].register(new, request[ADDRESS]), 201)


async def login(request: web.Request) -> web.Response:
    """Sign in."""
    credentials = await read(request, Credentials)
    return _signed_in(await request.app[ACCOUNTS].login(credentials, request[ADDRESS]))


async def refresh(request: web.Request) -> web.Response:
    """Trade a refresh token for a new pair."""
    body = await read(request, RefreshRequest)
    return _signed_in(await request.app[ACCOUNTS].refresh(body.refresh_token))


async def logout(request: web.Request) -> web.Response:
    """End this sign-in."""
    await request.app[ACCOUNTS].logout(request[CALLER])
    return answer(None)


async def me(request: web.Request) -> web.Response:
    """Show the caller's profile."""
    return answer(request[CALLER].user)


async def change_me(request: web.Request) -> web.Response:
    """Change the caller's profile."""
    change = await read(request, ProfileChange)
    return answer(await request.app[ACCOUNTS].change_profile(change, request[CALLER].user))


async def delete_me(request: web.Request) -> web.Response:
    """Delete the caller's account."""
    await request.app[ACCOUNTS].delete(request[CALLER].user)
    return answer(None)


async def change_password(request: web.Request) -> web.Response:
    """Change the caller's password."""
    change = await read(request, PasswordChange)
    await request.app[ACCOUNTS].change_password(change, request[CALLER])
    return answer(None)


def _signed_in(signed_in: SignedIn, status: int = 200) -> web.Response:
    body = {
        "success": True,
        "token": signed_in.token,
        "refreshToken": signed_in.refresh_token,
        "user": signed_in.user,
    }
    return plain(body, status)
