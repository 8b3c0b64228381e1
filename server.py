"""Entry point of Studyhall: runs the server or a command. HTTP and Socket.IO share one port in one process."""

from runtime import signals

if __name__ == "__main__":
    signals.install_handlers()  # before the other imports, which take a second

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

import config as settings
from app import create_app, drain
from cli import commands, demo
from config import Config
from domain.errors.base import AppError
from domain.errors.settings import SettingsError
from domain.errors.storage import StorageUnavailable, StorageUnusable
from handlers.headers import create_runner
from handlers.keys import SERVICES
from runtime import console, listening, logs, open_files
from runtime.event_loop import new_event_loop

T = TypeVar("T")

log = logging.getLogger("studyhall")

SHUTDOWN_TIMEOUT = 0.6
"""Seconds that running requests have to finish at shutdown, after sockets have been closed."""

LISTEN_BACKLOG = 1024
"""Maximum of connections not accepted yet. After a restart, all clients connect at once; excess ones retry in 1 s."""

GC_THRESHOLDS = 10_000, 10, 10
"""Thresholds of the cyclic garbage collector. Messages leave no cycles; Python's default of 700 objects costs 5 %."""


FIRST_ADMIN_OFFER = """
  This server has no admin yet. Open this link to become one; you can make your account there:

    {link}

  It works once, while the server runs. Keep it to yourself.{elsewhere}
"""


async def serve(config: Config, *, with_demo: bool = False) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, which also interrupt a start. SIGUSR1 logs the gauges.

    Args:
        config: settings.
        with_demo: True to add the demo data if the storage is empty.

    Raises:
        SettingsError, StorageUnusable, StorageUnavailable: the server cannot start; the message is one line.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals.termination_signals():
        loop.add_signal_handler(number, stop.set)
    files_before = open_files.raise_limit()
    app = create_app(config)
    runner = await _run_unless_stopped(stop, create_runner(app, SHUTDOWN_TIMEOUT))
    if runner is None:
        log.info("Stopping before the start was complete")
        return
    loop.add_signal_handler(signal.SIGUSR1, _log_gauges, app)
    try:
        await _listen(runner, config)
        log.info(
            "open files: at most %d, before the start %d; connections: at most %d ([server] max_connections)",
            open_files.max_open_files(),
            files_before,
            open_files.max_connections(config.server.max_connections),
        )
        if with_demo:
            # printed, not logged, because it contains passwords
            console.print_output(await demo.load_demo_data(app[SERVICES]))
        await _offer_first_admin(app, runner, config)
        gc.collect()
        gc.freeze()  # objects of the start live until the end: exclude them from collections
        gc.set_threshold(*GC_THRESHOLDS)
        await stop.wait()
        log.info("Stopping")
        await drain(app)
    finally:
        await runner.cleanup()


async def _run_unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return the result of `work`, or None if `stop` is set first. Then `work` is cancelled, and has ended."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    working.cancel()  # does nothing to a task that is done
    await asyncio.wait({working, stopping})
    return None if working.cancelled() else working.result()


def _log_gauges(app: web.Application) -> None:
    log.info("gauges: %s", ", ".join(f"{count()} {what}" for what, count in app[SERVICES].ctx.gauges.items()))


async def _listen(runner: web.AppRunner, config: Config) -> None:
    server = config.server
    for listener in await listening.bind_sockets(server.bind_host, server.port):
        await web.SockSite(runner, listener, backlog=LISTEN_BACKLOG).start()
    port = runner.addresses[0][1]
    log.info("Server running in %s mode on port %d", server.environment, port)
    here = server.local_url(port)
    log.info(
        "Storing data in %s. Open %s in a browser%s",
        settings.redact_url(config.storage.url),
        server.public_url or here,
        f"; it listens at {here}" if server.public_url else "",
    )
    if warning := server.warning(port):
        log.warning("%s", warning)


async def _offer_first_admin(app: web.Application, runner: web.AppRunner, config: Config) -> None:
    """Print the link for the first admin if there is no admin: in one line if the log format is JSON."""
    server = config.server
    try:
        link = await app[SERVICES].first_admin.offer_link(
            server.public_url.rstrip("/") or server.local_url(runner.addresses[0][1])
        )
    except StorageUnavailable:  # it answered a moment ago: continue without the offer, until the next start
        log.warning("cannot tell whether there is an admin: the storage does not answer")
        return
    if link is None:
        return
    if server.log_format == "json" or sys.stdout is None:
        console.print_error(f"there is no admin yet. Become one with this link, once, while the server runs: {link}")
        return
    elsewhere = " From another device, put this machine's name in place of localhost." if "//localhost" in link else ""
    console.print_output(FIRST_ADMIN_OFFER.format(link=link, elsewhere=elsewhere), is_last=False)


def _options(**defaults: Any) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, **defaults)
    options.add_argument("--config", type=Path, metavar="FILE", help="settings; else config.toml")
    options.add_argument("--env-file", type=Path, metavar="FILE", help="more settings, read as systemd does")
    options.add_argument("--port", metavar="N", help="port to listen on; 0 takes any free one")
    options.add_argument("--storage", metavar="URL", help="memory://, sqlite:///file or postgresql://…")
    return options


def _command_line() -> argparse.ArgumentParser:
    about = "Studyhall, a study-room server."
    parser = argparse.ArgumentParser(prog="server.py", description=about, parents=[_options()])
    parser.add_argument("--demo", action="store_true", help="fill an empty store with people, rooms and a conversation")
    commands.add_commands(parser, _options(argument_default=argparse.SUPPRESS))  # options before the command apply
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the server or the command of the command line, and return the exit code."""
    signals.install_handlers()
    console.configure()
    try:
        return _run(_command_line().parse_args(arguments))
    except (SettingsError, StorageUnusable, AppError) as error:
        console.print_error(str(error))
        return 1
    finally:
        signals.ignore_signals()
        console.close()


def _run(given: argparse.Namespace) -> int:
    logs.configure("text")
    config = _load_settings(given)
    if given.command:
        console.require_output()
        return 0 if console.print_output(given.command(config, given)) else 1
    if given.demo:
        console.require_output()
    logs.configure(config.server.log_format)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(config, with_demo=given.demo))
    return 0


def _load_settings(given: argparse.Namespace) -> Config:
    """Return the settings. Other variables of an environment file are added to `os.environ`, as under systemd."""
    environ, env_file = dict(os.environ), None
    if given.env_file:
        env_file = settings.read_env_file(given.env_file)
        os.environ.update(env_file.variables)  # libpq reads PGPASSWORD there
    overrides = {"server.port": given.port, "storage.url": given.storage}
    return settings.load(given.config or settings.ROOT / "config.toml", environ, overrides, env_file)


if __name__ == "__main__":
    sys.exit(main())
