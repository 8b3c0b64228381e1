"""Settings: what is read from where, what is refused and how, and where the secret is kept."""

import tomllib
from itertools import pairwise

import msgspec
import pytest

import config
from config import (
    AccountsSettings,
    AuthSettings,
    CacheSettings,
    Config,
    CorsSettings,
    LimitsSettings,
    PresenceSettings,
    ServerSettings,
    SocketSettings,
    StorageSettings,
)
from domain.errors.settings import SettingsError
from tests.support.settings import refusal, toml

CONFIG_TOML = config.ROOT / "config.toml"
LONG = "a secret of the kind that is long enough"


# The file in the repository


def test_config_toml_holds_every_setting_with_its_default():
    tables = tomllib.loads(CONFIG_TOML.read_text("utf-8"))
    defaults = msgspec.to_builtins(Config())
    assert tables == {
        section: {key: list(value) if isinstance(value, tuple) else value for key, value in table.items()}
        for section, table in defaults.items()
    }
    assert config.load(CONFIG_TOML, {}, {}) == Config()


def test_config_toml_explains_every_setting():
    lines = CONFIG_TOML.read_text("utf-8").splitlines()
    settings = [(above, line) for above, line in pairwise(lines) if " = " in line and line[0] != "#"]
    assert len(settings) == len(config.VARIABLES)
    assert [line for above, line in settings if not above.startswith("# ")] == []


# Precedence


def test_nothing_given_is_the_defaults():
    assert config.load(None, {}, {}) == Config()


def test_the_environment_comes_over_the_file_and_the_command_line_over_both(tmp_path):
    file = toml(tmp_path, '[server]\nhost = "file"\nport = 1\nenvironment = "test"')
    environ = {"STUDYHALL_SERVER_HOST": "environ", "STUDYHALL_SERVER_PORT": "2"}
    assert config.load(file, environ, {"server.host": "command"}).server == ServerSettings("command", 2, "test")


def test_an_override_of_none_is_as_absent():
    assert config.load(None, {"STUDYHALL_SERVER_PORT": "80"}, {"server.port": None}).server.port == 80


def test_other_variables_are_no_concern_of_ours():
    assert config.load(None, {"PORT": "x", "studyhall_server_port": "x", "STUDYHALL": "x"}, {}) == Config()


@pytest.mark.parametrize(
    ("variable", "text", "section"),
    [
        ("STUDYHALL_SERVER_HOST", "::1", ServerSettings(host="::1")),
        ("STUDYHALL_SERVER_PORT", "0", ServerSettings(port=0)),
        ("STUDYHALL_SERVER_PORT", "65535", ServerSettings(port=65535)),
        ("STUDYHALL_SERVER_ENVIRONMENT", "test", ServerSettings(environment="test")),
        ("STUDYHALL_AUTH_SECRET", LONG, AuthSettings(secret=LONG)),
        ("STUDYHALL_AUTH_SECRET", "é" * 16, AuthSettings(secret="é" * 16)),
        ("STUDYHALL_AUTH_SECRET", "", AuthSettings()),
        ("STUDYHALL_AUTH_TOKEN_LIFETIME", "60", AuthSettings(token_lifetime=60)),
        ("STUDYHALL_ACCOUNTS_REGISTRATION", "closed", AccountsSettings(registration="closed")),
        (
            "STUDYHALL_ACCOUNTS_ALLOWED_DOMAINS",
            "school.example,*.schüle.example",
            AccountsSettings(allowed_domains=("school.example", "*.schüle.example")),
        ),
        ("STUDYHALL_STORAGE_URL", "memory://", StorageSettings(url="memory://")),
        ("STUDYHALL_STORAGE_URL", "sqlite:////srv/a b.db", StorageSettings(url="sqlite:////srv/a b.db")),
        ("STUDYHALL_STORAGE_URL", "postgresql:///studyhall", StorageSettings(url="postgresql:///studyhall")),
        ("STUDYHALL_STORAGE_URL", "postgres://u:p@h:1/d?a=b", StorageSettings(url="postgres://u:p@h:1/d?a=b")),
        ("STUDYHALL_CACHE_URL", "off", CacheSettings(url="off")),
        ("STUDYHALL_CACHE_URL", "", CacheSettings(url="")),
        ("STUDYHALL_CACHE_MAX_ENTRIES", "1", CacheSettings(max_entries=1)),
        ("STUDYHALL_CORS_ORIGINS", "", CorsSettings()),
        ("STUDYHALL_CORS_ORIGINS", "*", CorsSettings(origins=("*",))),
        (
            "STUDYHALL_CORS_ORIGINS",
            " https://a.example, http://localhost:3000 ,http://[::1]:8080,",
            CorsSettings(origins=("https://a.example", "http://localhost:3000", "http://[::1]:8080")),
        ),
        ("STUDYHALL_PRESENCE_GRACE", "0.25", PresenceSettings(grace=0.25)),
        ("STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS", "20000", SocketSettings(connections_per_address=20_000)),
        ("STUDYHALL_SOCKET_PING_INTERVAL", "0.3", SocketSettings(ping_interval=0.3)),
        ("STUDYHALL_LIMITS_ENABLED", "false", LimitsSettings(enabled=False)),
        ("STUDYHALL_LIMITS_ENABLED", "0", LimitsSettings(enabled=False)),
        ("STUDYHALL_LIMITS_ROOMS", "5 per 2 hours", LimitsSettings(rooms="5 per 2 hours")),
    ],
)
def test_text_from_the_environment_or_the_command_line_is_read_as_the_settings_type(variable, text, section):
    name, key = config.VARIABLES[variable]
    assert getattr(config.load(None, {variable: text}, {}), name) == section
    assert getattr(config.load(None, {}, {f"{name}.{key}": text}), name) == section


def test_the_command_line_may_give_values_too():
    given = {"server.port": 8080, "cors.origins": ["http://a.example"], "limits.enabled": False}
    assert config.load(None, {}, given) == Config(
        server=ServerSettings(port=8080),
        cors=CorsSettings(origins=("http://a.example",)),
        limits=LimitsSettings(enabled=False),
    )


def test_a_bad_value_is_refused_even_if_another_replaces_it(tmp_path):
    file = toml(tmp_path, "[server]\nport = -1")
    assert refusal(file, {"STUDYHALL_SERVER_PORT": "80"}).startswith("config.toml: [server] port: ")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[servers]\nport = 1", "config.toml: [servers]: is no section; there are server, auth, accounts, storage, "),
        ("port = 1", "config.toml: [port]: is no section"),
        ("server = 1", "config.toml: [server]: is no section"),
        ("[server]\nprot = 1", "config.toml: [server] prot: is no setting; [server] has host, port, environment"),
        ('[server]\n"a\\nb" = 1', "config.toml: [server] a b: is no setting"),
        ("[server.port]\nx = 1", "config.toml: [server] port: must be a whole number from 0"),
    ],
)
def test_an_unknown_name_in_the_file_is_refused(tmp_path, text, what):
    assert refusal(toml(tmp_path, text)).startswith(what)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("STUDYHALL_SERVER_PROT", "STUDYHALL_SERVER_PORT"),
        ("STUDYHALL_PORT", "STUDYHALL_SERVER_PORT"),
        ("STUDYHALL_SECRET", "STUDYHALL_AUTH_SECRET"),
        ("STUDYHALL_STORAGE", "STUDYHALL_STORAGE_URL"),
        ("STUDYHALL_PUBLIC_URL", "STUDYHALL_SERVER_PUBLIC_URL"),
        ("STUDYHALL_LIMITS_SIGNINS", "STUDYHALL_LIMITS_SIGN_INS"),
    ],
)
def test_unknown_variable_is_refused_with_the_nearest_setting(name, meant):
    assert refusal(environ={name: "1"}) == f"{name}: is no setting; did you mean {meant}? config.toml has them all"


@pytest.mark.parametrize("name", ["STUDYHALL_", "STUDYHALL_COLOUR"])
def test_unknown_variable_like_no_setting_is_refused(name):
    assert refusal(environ={name: "1"}) == f"{name}: is no setting; config.toml has them all"


def service_variables(service: str) -> dict[str, str]:
    """Variables that Kubernetes (first eight) and `docker run --link` (the rest) set for a service with this name."""
    name = service.upper().replace("-", "_")
    port = f"{name}_PORT_5000_TCP"
    return {
        f"{name}_SERVICE_HOST": "10.0.0.1",
        f"{name}_SERVICE_PORT": "5000",
        f"{name}_SERVICE_PORT_HTTP": "5000",
        f"{name}_PORT": "tcp://10.0.0.1:5000",
        port: "tcp://10.0.0.1:5000",
        f"{port}_PROTO": "tcp",
        f"{port}_PORT": "5000",
        f"{port}_ADDR": "10.0.0.1",
        f"{name}_PORT_53_UDP": "udp://[fd00::1]:53",
        f"{name}_NAME": "/web/studyhall",
        f"{name}_ENV_PATH": "/usr/bin:/bin",
        f"{port}_START": "tcp://10.0.0.1:5000",
        f"{port}_PORT_END": "5010",
    }


def test_service_variables_are_passed_over_for_any_service():
    sections = {variable.rpartition("_")[0] for variable in config.VARIABLES}
    for service in {"studyhall", "studyhall-db", "studyhall-web-2", *sections, *config.VARIABLES}:
        assert config.load(None, service_variables(service), {}) == Config(), service


@pytest.mark.parametrize("service", ["studyhall-server", "studyhall-mail"])
def test_service_variable_named_like_a_setting_leaves_the_setting(tmp_path, service):
    environ = service_variables(service)
    assert environ.keys() & config.VARIABLES.keys() == {f"{service.upper().replace('-', '_')}_PORT"}
    file = toml(tmp_path, "[server]\nport = 81\n[mail]\nport = 82")
    settings = config.load(file, environ, {})
    assert (settings.server.port, settings.mail.port) == (81, 82)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDYHALL_PORT", "8080"),
        ("STUDYHALL_PORT", "http://10.0.0.1:5000"),
        ("STUDYHALL_SERVER_NAME", "hall"),
        ("STUDYHALL_SERVICE_PORT", "http"),
        ("STUDYHALL_PORT_HTTP", "80"),
    ],
)
def test_typo_like_a_service_variable_is_refused(name, value):
    assert refusal(environ={name: value}).startswith(f"{name}: is no setting; ")


@pytest.mark.parametrize("name", ["port", "servers.port", "server.prot", ""])
def test_an_unknown_name_on_the_command_line_is_refused(name):
    assert refusal(overrides={name: "1"}).startswith(f"command line: {name}: is no setting")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert refusal(tmp_path / "none.toml") == f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory"


@pytest.mark.parametrize("raw", [b"[server", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_refused(tmp_path, raw):
    file = tmp_path / "config.toml"
    file.write_bytes(raw)
    assert refusal(file).startswith(f"{file}: is no TOML: ")


EDITED = "# Größe\r\n[server]\r\nport = 8080\r\n"


@pytest.mark.parametrize("text", [EDITED, EDITED.replace("\r", ""), EDITED.removesuffix("\r\n")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_file_of_any_editor_is_read(tmp_path, text, encoding):
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode(encoding))
    assert config.load(file, {}, {}) == Config(server=ServerSettings(port=8080))


@pytest.mark.parametrize(
    ("encoding", "why"),
    [
        ("utf-16", "is not text in UTF-8 (it looks like UTF-16): save it as UTF-8"),
        ("utf-16-be", "is not text in UTF-8 (it looks like UTF-16): save it as UTF-8"),
        ("latin-1", "is not text in UTF-8 (line 1): save it as UTF-8"),
    ],
)
def test_file_in_another_encoding_is_refused_in_plain_words(tmp_path, encoding, why):
    file = tmp_path / "config.toml"
    file.write_bytes(EDITED.encode(encoding))
    assert refusal(file) == f"{file}: {why}"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_end_after_a_variable_is_dropped(end):
    given = {"STUDYHALL_SERVER_PORT": "8080", "STUDYHALL_STORAGE_URL": "memory://", "STUDYHALL_AUTH_SECRET": LONG}
    expected = config.load(None, given, {})
    assert config.load(None, {name: value + end for name, value in given.items()}, {}) == expected


@pytest.mark.parametrize(
    ("environ", "what"),
    [
        ({}, "[auth] secret: production needs one"),
        ({"STUDYHALL_AUTH_SECRET": ""}, "[auth] secret: production needs one"),
        (
            {"STUDYHALL_AUTH_SECRET": LONG, "STUDYHALL_CORS_ORIGINS": "*"},
            '[cors] origins: "*" is refused in production',
        ),
        (
            {
                "STUDYHALL_AUTH_SECRET": LONG,
                "STUDYHALL_MAIL_HOST": "smtp.example.org",
                "STUDYHALL_MAIL_SENDER": "a@b.example",
            },
            "[server] public_url: production needs it for the links in mails",
        ),
        *(
            (
                {"STUDYHALL_AUTH_SECRET": LONG, "STUDYHALL_SERVER_PUBLIC_URL": url},
                "[server] public_url: production needs https",
            )
            for url in (
                "http://study.example.org",
                "http://study.example.org/hall",
                "http://192.168.1.20:5000",
                "http://[2001:db8::1]",
                "http://localhost.example.org",
                "http://127.0.0.1.example.org",
            )
        ),
    ],
)
def test_production_refuses_what_is_only_convenient(environ, what):
    assert refusal(environ={"STUDYHALL_SERVER_ENVIRONMENT": "production", **environ}).startswith(what)


@pytest.mark.parametrize(
    ("mail", "what"),
    [
        ({"HOST": "smtp.example.org"}, "[mail] sender: mail needs an address that it comes from"),
        (
            {"HOST": "smtp.example.org", "SENDER": "hall@example.org", "PASSWORD": "x", "ENCRYPTION": "none"},
            '[mail] encryption: "none" would show the password',
        ),
    ],
)
def test_mail_is_refused_that_would_not_arrive_or_give_a_password_away(mail, what):
    assert refusal(environ={f"STUDYHALL_MAIL_{name}": value for name, value in mail.items()}).startswith(what)
    here = {"HOST": "127.0.0.1", "SENDER": "hall@example.org"}
    config.load(None, {f"STUDYHALL_MAIL_{name}": value for name, value in (mail | here).items()}, {})


@pytest.mark.parametrize(
    "url", ["https://study.example.org", "http://localhost:8080", "http://127.0.0.1:5000", "http://[::1]:5000/study"]
)
def test_production_sends_mail_with_https_or_on_this_machine(url):
    mail = {"STUDYHALL_MAIL_HOST": "smtp.example.org", "STUDYHALL_MAIL_SENDER": "hall@example.org"}
    environ = {"STUDYHALL_AUTH_SECRET": LONG, "STUDYHALL_SERVER_PUBLIC_URL": url, **mail}
    assert config.load(None, environ, {"server.environment": "production"}).server.public_url == url


def test_development_sends_mail_without_a_public_url():
    mail = {"STUDYHALL_MAIL_HOST": "smtp.example.org", "STUDYHALL_MAIL_SENDER": "hall@example.org"}
    assert config.load(None, mail, {}).mail.host


def test_production_starts_with_a_secret():
    settings = config.load(None, {"STUDYHALL_AUTH_SECRET": LONG}, {"server.environment": "production"})
    assert settings.is_production
    assert config.load_secret_key(settings) == LONG


def test_sections_made_in_code_obey_the_same_rules():
    with pytest.raises(ValueError, match="must have at least 32 bytes"):
        AuthSettings(secret="short")
    with pytest.raises(SettingsError, match="production needs one"):
        Config(server=ServerSettings(environment="production"))
