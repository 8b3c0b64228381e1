"""`python server.py` with standard output in another encoding, closed, full, or without a reader."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing

import pytest

from storage.sqlite import SqliteStorage
from tests.support.paths import ROOT
from tests.support.process import SECRET

LINK = re.compile(r"^http://localhost:8080/reset#[\w-]{43}$", re.MULTILINE)
WITHIN = 60.0
"""Seconds: the machine may be busy with other tests."""


@pytest.fixture
async def file(tmp_path):
    """An SQLite database without accounts."""
    file = tmp_path / "studyhall.db"
    storage = SqliteStorage(file)
    await storage.open()
    await storage.close()
    return file


def accounts(file):
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute("SELECT last_name FROM users")]


def run(command, *, shell="", stdout=subprocess.PIPE, **environ):
    """Run a command of the server to its end; `shell` is put behind it in a shell, such as ">&-"."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("STUDYHALL_", "PYTHON"))}
    line = ["/bin/sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, ROOT / "server.py", *command]
    return subprocess.run(
        line, stdout=stdout, stderr=subprocess.PIPE, env=inherited | environ, timeout=WITHIN, check=False
    )


def create_admin(file):
    url = f"sqlite:///{file}"
    return ["create-admin", "zoe@example.org", "--last-name", "Zoë 学", "--port", "8080", "--storage", url]


@pytest.mark.parametrize(
    ("environ", "name"),
    [({"PYTHONIOENCODING": "ascii"}, r"Zo\xeb \u5b66"), ({"PYTHONIOENCODING": "latin-1"}, r"Zoë \u5b66")],
    ids=["ascii", "latin-1"],
)
def test_link_is_printed_in_any_encoding(file, environ, name):
    ended = run(create_admin(file), **environ)

    said = ended.stdout.decode("latin-1")
    assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False)
    assert f"zoe {name}, an admin" in said
    assert LINK.search(said)
    assert accounts(file) == ["Zoë 学"]


def test_name_that_was_typed_in_an_ascii_locale_is_read(file):
    ended = run(create_admin(file), LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")

    assert (ended.returncode, accounts(file)) == (0, ["Zoë 学"])


@pytest.mark.parametrize("shell", [">&-", "1</dev/null"], ids=["closed", "read-only"])
def test_command_does_nothing_if_it_cannot_print(file, shell):
    ended = run(create_admin(file), shell=shell)

    assert ended.returncode == 1
    assert re.fullmatch(rb"studyhall: standard output .*nothing was done: the result would be lost\n", ended.stderr)
    assert accounts(file) == []


def test_command_does_nothing_if_nobody_reads(file):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = run(create_admin(file), stdout=writer)
    finally:
        os.close(writer)

    assert (ended.returncode, ended.stderr.count(b"\n")) == (1, 1)
    assert accounts(file) == []


def test_link_goes_to_standard_error_if_the_disk_is_full(file):
    ended = run(create_admin(file), shell=">/dev/full")

    assert ended.returncode == 1
    assert b"standard output failed (No space left on device); it was to receive:" in ended.stderr
    assert LINK.search(ended.stderr.decode())
    assert b"Traceback" not in ended.stderr
    assert b"Exception" not in ended.stderr


def test_help_is_printed_in_ascii_and_to_nobody():
    assert b"postgresql://\\u2026" in run(["--help"], PYTHONIOENCODING="ascii").stdout
    ended = run(["--help"], shell=">/dev/full")
    assert ended.stderr == b""


def start(file, *arguments, shell, stdout=subprocess.PIPE, **environ):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("STUDYHALL_", "PYTHON"))}
    url = ["--port", "0", "--storage", f"sqlite:///{file}"]
    return subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, ROOT / "server.py", *url, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=inherited | {"STUDYHALL_AUTH_SECRET": SECRET} | environ,
    )


def port_in(lines):
    for line in lines:
        if found := re.search(rb"Server running in \w+ mode on port (\d+)", line):
            return int(found[1])
    raise AssertionError("it ended")


def ask(port, body=b""):
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{'/api/auth/login' if body else '/healthz'}",
        data=body or None,
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=WITHIN) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_server_goes_on_if_nobody_reads_its_log(file):
    with start(file, shell="") as server:
        port = port_in(server.stdout)
        server.stdout.close()
        refused = b'{"email": "nobody@example.org", "password": "nothing of the kind"}'
        answers = [ask(port, refused), ask(port, refused), ask(port)]
        server.send_signal(signal.SIGTERM)
        errors = server.stderr.read()
        code = server.wait(WITHIN)

    assert answers == [401, 401, 200]
    assert errors.count(b"studyhall: the log cannot be written (Broken pipe): lines are lost until it can\n") == 1
    assert code == 0


def test_server_with_closed_output_logs_to_standard_error(file):
    with start(file, shell=">&- <&-") as server:
        port = port_in(server.stderr)
        assert ask(port) == 200
        server.send_signal(signal.SIGTERM)
        errors = server.stderr.read()
        code = server.wait(WITHIN)

    assert b"Traceback" not in errors
    assert code == 0
    assert accounts(file) == [], "it is still a database"


def test_demo_prints_its_passwords_and_the_json_log_in_ascii(file):
    settings = {"PYTHONIOENCODING": "ascii", "STUDYHALL_SERVER_LOG_FORMAT": "json"}
    with start(file.with_name("données.db"), "--demo", shell="", **settings) as server:
        said = []
        for line in server.stdout:
            said.append(line)
            if b"chiara@studyhall.example  " in line:
                break
        server.send_signal(signal.SIGTERM)
        server.stdout.read()
        assert (server.stderr.read(), server.wait(WITHIN)) == (b"", 0)

    assert "données.db" in b"".join(said).decode("utf-8")


def test_demo_is_not_filled_if_its_passwords_cannot_be_printed(file):
    with start(file, "--demo", shell=">&-") as server:
        assert b"nothing was done: the result would be lost" in server.stderr.read()
        assert server.wait(WITHIN) == 1
    assert accounts(file) == []
