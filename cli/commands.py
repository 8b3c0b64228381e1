"""Commands `python server.py COMMAND …`: each does one thing to the configured storage instead of serving."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from config import Config
from domain import ids
from domain.accounts import User
from domain.base import Timestamp
from domain.clock import SystemClock, seconds_between
from domain.errors.accounts import AccountDisabled, EmailTaken, UserNotFound
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.errors.settings import SettingsError
from runtime import console, signals
from runtime.event_loop import new_event_loop
from services.accounts.password_reset import PasswordResetLinks
from services.accounts.passwords import Passwords
from services.accounts.tokens import OneTimeToken
from storage.base import Storage
from storage.factory import create_storage
from storage.sqlite.backup import create_backup, restore
from text import normalise
from text.violations import InvalidText

_USERS_PER_BATCH = 20
_PROGRESS_INTERVAL = 2.0
"""Seconds between two lines about the progress of a command."""

Command = Callable[[Config, argparse.Namespace], str]
"""Runs a command and returns the text to print.

Raises:
    SettingsError, StorageUnusable, AppError: nothing was changed; the message is one line with the reason.
"""


def add_commands(parser: argparse.ArgumentParser, options: argparse.ArgumentParser) -> None:
    """Add the commands to a parser. It sets `command` to the chosen `Command`, or None to serve.

    Args:
        options: parser of the options that may also follow a command.
    """
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="instead of serving", metavar="COMMAND", prog=parser.prog)

    def add(name: str, command: Command, what: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[options], help=what, description=what)
        added.set_defaults(command=command)
        return added

    added = add("backup", _back_up, "copy the SQLite database into a new FILE, also while a server uses it")
    added.add_argument("file", type=Path, metavar="FILE")
    added = add("restore", _restore, "replace the SQLite database by a copy of FILE, while no server uses it")
    added.add_argument("file", type=Path, metavar="FILE")
    added = add("create-admin", _create_admin, "create an admin account and print a link that sets its password")
    added.add_argument("email", metavar="EMAIL")
    added.add_argument(
        "--existing",
        action="store_true",
        help="take over the account with this email: its password, second factor and sessions become void",
    )
    added.add_argument("--first-name", metavar="NAME", help="of a new account; default: the part of EMAIL before the @")
    added.add_argument("--last-name", metavar="NAME", help="of a new account; optional")
    added = add(
        "reset-password", _reset_password, "describe the account and print a one-time link that sets a new password"
    )
    added.add_argument("email", metavar="EMAIL")
    add(
        "rebuild-focus-days",
        _rebuild_focus_days,
        "calculate the daily totals of study time anew, also while a server runs",
    )
    added = add("reset-second-factor", _reset_second_factor, "delete the second factor of an account")
    added.add_argument("email", metavar="EMAIL")


def _back_up(config: Config, given: argparse.Namespace) -> str:
    database = _sqlite_file(config, "pg_dump")
    _print_database(config)
    return f"Copied {database} into {given.file}: {create_backup(database, given.file) / 1e6:,.1f} MB"


def _restore(config: Config, given: argparse.Namespace) -> str:
    database = _sqlite_file(config, "pg_restore")
    _print_database(config)
    aside = restore(database, given.file)
    before = f"the previous database is now {aside.name}" if aside else "there was no database before"
    return f"Restored {database} from {given.file}; {before}"


def _sqlite_file(config: Config, tool: str) -> Path:
    match config.storage.kind:
        case "memory":
            raise SettingsError("memory:// stores nothing that could be copied: name a storage with --storage")
        case "postgresql":
            raise SettingsError(f"PostgreSQL has tools of its own for this: {tool}; see docs/operating.md")
    return config.storage.file


def _create_admin(config: Config, given: argparse.Namespace) -> str:
    email = _read(normalise.email, "EMAIL", given.email)
    first_name = _read(normalise.person_name, "--first-name", given.first_name or email.partition("@")[0][:80])
    last_name = _read(
        normalise.optional_person_name, "--last-name", given.last_name or ("" if given.first_name else "Admin")
    )
    _require_address(config)

    async def create() -> str:
        async with _open_storage(config) as storage:
            if account := await storage.account_by_email(email):
                return await _take_over(config, given, storage, account.user)
            if given.existing:
                raise UserNotFound(f"There is no account with the email {email}: leave out --existing to make one.")
            user = User(
                id=ids.new_id(),
                first_name=first_name,
                last_name=last_name,
                email=email,
                role="admin",
                created_at=SystemClock().now(),
            )
            await storage.add_user(user, await _random_password_hash())
            link = await _links(config, storage).create(user.id)
        return f"Made an account for {user.name}, an admin. {_link_message(config, link)}"

    return _run(create)


async def _take_over(config: Config, given: argparse.Namespace, storage: Storage, user: User) -> str:
    """Promote the user of an existing account to admin, and revoke all access that existed before."""
    if user.is_admin and not given.existing:
        return f"{_describe_user(user)} is an admin already. Nothing was changed."
    if not given.existing:
        raise EmailTaken(
            f"There is an account with this email: {_describe_user(user)}. Nothing was changed: another person than "
            "you expect may have made it. With --existing it becomes an admin account: its password, second factor and "
            "sessions become void, and a link to set a new password is printed."
        )
    if given.first_name or given.last_name:
        raise EmailTaken(f"--first-name, --last-name: the account has a name: {_describe_user(user)}. Leave them out.")
    reset, link = _links(config, storage).build(user.id)
    if await storage.reclaim_account(reset, await _random_password_hash()) is None:
        raise UserNotFound(f"There is no account with the email {user.email} any more.")
    return (
        f"Made {_describe_user(user)} an admin. Its password, second factor and sessions are void; names, rooms and "
        f"messages are unchanged.\n{_link_message(config, link)}"
    )


def _reset_password(config: Config, given: argparse.Namespace) -> str:
    email = _read(normalise.email, "EMAIL", given.email)
    _require_address(config)

    async def reset() -> str:
        async with _open_account(config, email) as (storage, user):
            if user.disabled:
                raise AccountDisabled(f"The account is disabled: {_describe_user(user)}. An admin can enable it.")
            return f"For {_describe_user(user)}. {_link_message(config, await _links(config, storage).create(user.id))}"

    return _run(reset)


def _reset_second_factor(config: Config, given: argparse.Namespace) -> str:
    email = _read(normalise.email, "EMAIL", given.email)

    async def reset() -> str:
        async with _open_account(config, email) as (storage, user):
            if await storage.delete_second_factor(user.id):
                return f"{_describe_user(user)} signs in with the password alone from now on."
            return f"{_describe_user(user)} has no second factor, and signs in with the password alone."

    return _run(reset)


def _rebuild_focus_days(config: Config, given: argparse.Namespace) -> str:  # noqa: ARG001  # it takes no arguments
    async def rebuild() -> str:
        users = changed = 0
        last = None
        printed = time.monotonic()
        async with _open_storage(config) as storage:
            while batch := await storage.users_with_focus(last, _USERS_PER_BATCH):
                for user_id in batch:
                    changed += bool(await storage.rebuild_focus_days(user_id))
                users, last = users + len(batch), batch[-1]
                if time.monotonic() - printed >= _PROGRESS_INTERVAL:
                    console.print_error(f"calculated the totals of {users:,} users")
                    printed = time.monotonic()
        return f"Calculated the totals of {users:,} users anew; those of {changed:,} were different."

    return _run(rebuild)


def _run(work: Callable[[], Coroutine[Any, Any, str]]) -> str:
    runner = asyncio.Runner(loop_factory=new_event_loop)
    with signals.end_between_callbacks(runner.get_loop()), runner:
        return runner.run(work())


@asynccontextmanager
async def _open_storage(config: Config) -> AsyncIterator[Storage]:
    if config.storage.kind == "memory":
        raise SettingsError(
            "memory:// is inside the server's own process, where no command reaches it: name another storage with "
            "--storage, or start the server with --demo, whose first account is an admin"
        )
    storage = create_storage(config, create=False)
    await storage.open()
    _print_database(config)
    try:
        yield storage
    finally:
        await storage.close()


@asynccontextmanager
async def _open_account(config: Config, email: str) -> AsyncIterator[tuple[Storage, User]]:
    async with _open_storage(config) as storage:
        account = await storage.account_by_email(email)
        if account is None:
            raise UserNotFound(f"There is no account with the email {email}.")
        yield storage, account.user


def _print_database(config: Config) -> None:
    console.print_error(f"using the database {config.storage.display_url}")


def _require_address(config: Config) -> None:
    """Raise `SettingsError` if the settings give no address for a link to the server."""
    if not config.server.public_url and not config.server.port:
        raise SettingsError("[server] port: 0 is any free port, so no link can be made: name the server's with --port")


async def _random_password_hash() -> str:
    passwords = Passwords()
    try:
        return await passwords.hash(str(OneTimeToken.new()))
    finally:
        passwords.close()


def _describe_user(user: User) -> str:
    """Describe an account for the operator. The name, chosen by its user, is quoted and cannot close the quotation."""
    now, name = SystemClock().now(), user.name.replace('"', "'")

    def ago(at: Timestamp) -> str:
        days = max(0, int(seconds_between(at, now) // 86400))
        return f"{at[:10]}, {'today' if days == 0 else '1 day ago' if days == 1 else f'{days:,} days ago'}"

    return (
        f'the account {user.email} of "{name}" ({"an admin" if user.role == "admin" else "a student"}'
        f"{', disabled' if user.disabled else ''}; made {ago(user.created_at)}; "
        f"{f'last sign-in {ago(user.last_login)}' if user.last_login else 'never signed in'}; address "
        f"{f'verified {ago(user.verified_at)}' if user.verified_at else 'NOT verified'})"
    )


def _links(config: Config, storage: Storage) -> PasswordResetLinks:
    return PasswordResetLinks(storage, SystemClock(), config.server.base_url, config.auth.reset_lifetime)


def _link_message(config: Config, link: str) -> str:
    if warning := config.server.warning(config.server.port):
        console.print_error(warning)
    if not config.server.public_url:
        console.print_error(f"the link begins with {config.server.base_url}; another address is [server] public_url")
    return f"To set a password, once, within {config.auth.reset_lifetime / 60:.0f} minutes:\n{link}"


def _read(rule: Callable[[str], str], name: str, raw: str) -> str:
    # In an ASCII locale, Python has not decoded the argument.
    typed = raw.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    try:
        return rule(typed)
    except InvalidText as error:
        raise InvalidInput([FieldError.from_text(name, error)]) from None
