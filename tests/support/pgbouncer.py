"""A real PgBouncer in front of a PostgreSQL of tests/support/postgres_server.py."""
# ruff: noqa: S603 - the command is Debian's own

import contextlib
import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from tests.support.missing import find_program
from tests.support.ports import lasting_port
from tests.support.postgres_server import Server

WITHIN = 20.0
"""Timeout in seconds for starting and stopping it."""


@contextlib.contextmanager
def pgbouncer(server: Server, folder: Path, **settings: object) -> Iterator[int]:
    """Run a PgBouncer and yield its port. `settings` override the defaults."""
    program = find_program("pgbouncer", "PostgreSQL behind a pooler")
    port = lasting_port()
    _, _, login = server.dsn("postgres").partition("://")
    user, _, password = login.partition("@")[0].partition(":")
    users = folder / "users.txt"
    users.write_text(f'"{user}" "{password}"\n')
    options = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": users,
        "logfile": folder / "log",
        **settings,
    }
    lines = ["[databases]", f"* = host=127.0.0.1 port={server.port}", "[pgbouncer]"]
    ini = folder / "pgbouncer.ini"
    ini.write_text("\n".join([*lines, *(f"{name} = {value}" for name, value in options.items())]))
    run_as = {}
    if os.geteuid() == 0:  # it refuses to run as root
        nobody = pwd.getpwnam("nobody")
        run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, users, ini):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        for parent in folder.parents:
            if parent.owner() == "root" and "pytest-of-root" in parent.parts:
                parent.chmod(parent.stat().st_mode | 0o011)
    process = subprocess.Popen(
        [program, ini], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run_as
    )
    try:
        _wait_until_it_answers(process, folder / "log", port)
        yield port
    finally:
        process.kill()
        process.wait(WITHIN)


def _wait_until_it_answers(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    until = time.monotonic() + WITHIN
    while True:
        try:
            psycopg2.connect(f"postgresql://nobody:x@127.0.0.1:{port}/x", connect_timeout=5).close()
        except psycopg2.OperationalError as refused:
            if "Connection refused" not in str(refused):
                return
            if process.poll() is not None or time.monotonic() > until:
                said = log.read_text() if log.exists() else ""
                raise RuntimeError(f"PgBouncer did not start:\n{said}") from None
            time.sleep(0.02)
