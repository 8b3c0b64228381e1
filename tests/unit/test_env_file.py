"""Environment files: the values that systemd reads from the same text, and lines that are refused."""

import pytest

import config
from config import Config, ServerSettings, StorageSettings
from config.env_file import read_env_file
from domain.errors.settings import SettingsError
from tests.support.doc_checks import PAGES

# Each line of a file with the value that systemd.exec(5) and src/basic/env-file.c of systemd give X.
VALUES = {
    "X=a": "a",
    "X=": "",
    "  X \t= \t a b \t": "a b",
    "X=a&b;c$d(e)`f`": "a&b;c$d(e)`f`",
    "X=$HOME ${X} $(id)": "$HOME ${X} $(id)",
    "X=a #b": "a #b",
    "X=a#b;c": "a#b;c",
    "X=a=b": "a=b",
    "X=a'b'\"c": "a'b'\"c",
    r"X=a\ \ ": "a  ",
    r"X=\"a\\b\n\$": '"a\\bn$',
    "X=a\\\nb": "ab",
    "X='a b'": "a b",
    "X=' a $b `c` \\n \" '": ' a $b `c` \\n " ',
    "X='a\nb'": "a\nb",
    'X="a b"': "a b",
    'X=" a # b ; "': " a # b ; ",
    r'X="\"\\\`\$\n"': '"\\`$\\n',
    'X="a\\\nb"': "ab",
    "X='a' \"b\"c": "abc",
    'X="a" # b': "a# b",
    "X=ü∫": "ü∫",
    "X=1\nX=2": "2",
    "# X=1\n;X=2\n\nnonsense\nX=3": "3",
    "X=1\nA B=2\n9=3\nexport X=4": "1",
}


def read(folder, text, encoding="utf-8"):
    file = folder / "environment"
    file.write_bytes(text.encode(encoding))
    return read_env_file(file).variables


@pytest.mark.parametrize("text", VALUES)
def test_value_is_as_systemd_reads_it(tmp_path, text):
    assert read(tmp_path, text) == {"X": VALUES[text]}


@pytest.mark.parametrize("text", [text for text in VALUES if "\\" not in text and "'a\n" not in text])
def test_value_in_a_file_of_windows_is_the_same(tmp_path, text):
    assert read(tmp_path, text.replace("\n", "\r\n") + "\r\n", "utf-8-sig") == {"X": VALUES[text]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A=1\nexport STUDYHALL_SERVER_PORT=1", "line 2: systemd drops this line: leave the word export out"),
        ("\n\nSTUDYHALL_SERVER_PORT 1", "line 3: systemd drops this line: write NAME=value"),
        ("STUDYHALL_SERVER_PORT: 1", "line 1: systemd drops this line: write NAME=value"),
        ("A=1\nB='x\nC=1", "line 2: the quote that begins here is never closed"),
        ('B="x\\"', "line 1: the quote that begins here is never closed"),
    ],
)
def test_line_that_would_be_lost_is_refused(tmp_path, text, why):
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text)
    assert str(refused.value) == f"{tmp_path / 'environment'}: {why}"


@pytest.mark.parametrize(("encoding", "why"), [("utf-16", "looks like UTF-16"), ("latin-1", r"UTF-8 \(line 1\)")])
def test_file_in_another_encoding_is_refused(tmp_path, encoding, why):
    with pytest.raises(SettingsError, match=why):
        read(tmp_path, "A=ä", encoding)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_env_file(tmp_path / "environment")


def loaded(folder, text, environ=None, overrides=None):
    file = folder / "environment"
    file.write_text(text, "utf-8")
    return config.load(None, environ or {}, overrides or {}, read_env_file(file))


def test_file_comes_over_the_environment_and_the_command_line_over_both(tmp_path):
    text = "STUDYHALL_SERVER_PORT=81\nSTUDYHALL_SERVER_HOST=file\nPGPASSWORD=x\nSTUDYHALL_STORAGE_URL=postgresql://h/d?a=b&c=d"
    settings = loaded(tmp_path, text, {"STUDYHALL_SERVER_PORT": "80"}, {"server.host": "command"})
    assert settings == Config(server=ServerSettings("command", 81), storage=StorageSettings("postgresql://h/d?a=b&c=d"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("STUDYHALL_SERVER_PORT=x", "environment: STUDYHALL_SERVER_PORT: "),
        ("STUDYHALL_SERVER_PROT=1", "environment: STUDYHALL_SERVER_PROT: is no setting; did you mean STUDYHALL_SERVER"),
    ],
)
def test_bad_setting_names_the_file(tmp_path, text, why):
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text)
    assert str(refused.value).startswith(why)


def test_no_page_has_a_shell_read_the_file():
    told = ("set -a", "source /etc", ". /etc/studyhall", ". environment")
    assert [name for name, page in PAGES.items() if any(words in page for words in told)] == []
