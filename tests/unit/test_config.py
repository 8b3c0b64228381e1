"""Settings: what is read from where, what is refused and how, and where the secret is kept."""

import re
import stat
import tomllib
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

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
    MailSettings,
    PresenceSettings,
    ServerSettings,
    SocketSettings,
    StorageSettings,
)
from domain.errors.settings import SettingsError

CONFIG_TOML = config.ROOT / "config.toml"
LONG = "a secret of the kind that is long enough"


def toml(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return file


def refusal(file=None, environ=None, overrides=None) -> str:
    with pytest.raises(SettingsError) as refused:
        config.load(file, environ or {}, overrides or {})
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


# -- the file that comes with it


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


# -- what comes over what


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


# -- what is refused


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        (
            "server.host",
            '""',
            "'' must be an address or a name, without a port, such as 127.0.0.1, ::1, localhost or *",
        ),
        ("server.host", '"127.0.0.1:5000"', "'127.0.0.1:5000' must be an address or a name, without a port"),
        ("server.host", '"http://hall"', "'http://hall' must be an address or a name, without a port"),
        ("server.host", '"[::1]:80"', "'[::1]:80' must be an address or a name, without a port"),
        ("server.host", '"*:80"', "'*:80' must be an address or a name, without a port"),
        ("server.host", '"a b"', "'a b' must be an address or a name, without a port"),
        ("server.host", "5", "must be text"),
        ("server.port", "-1", "must be a whole number from 0 to 65,535"),
        ("server.port", "65536", "must be a whole number from 0 to 65,535"),
        ("server.port", '"5000"', "must be a whole number from 0 to 65,535, without quotes"),
        ("server.port", "5000.0", "must be a whole number from 0 to 65,535"),
        ("server.port", "true", "must be a whole number from 0 to 65,535"),
        ("server.probe_token", f'"{"x" * 31}"', "must have at least 32 bytes, has 31"),
        ("server.environment", '"live"', "must be development, production or test"),
        ("auth.secret", f'"{"x" * 31}"', "must have at least 32 bytes, has 31"),
        ("auth.token_lifetime", "0", "must be a whole number from 1 to 315,360,000"),
        ("auth.reset_lifetime", "0", "must be a whole number from 1 to 315,360,000"),
        ("server.public_url", '"study.example.org"', "must be how browsers find the server"),
        ("server.public_url", '"https://study.example.org//x"', "must be how browsers find the server"),
        ("server.public_url", '"https://study.example.org/x?y=1"', "must be how browsers find the server"),
        ("server.public_url", '"https://study.example.org/../x"', "must be how browsers find the server"),
        ("server.public_url", '"https://study.example.org/rooms"', "its path must not begin with /rooms"),
        ("server.public_url", '"https://study.example.org/api/study"', "its path must not begin with /api"),
        ("auth.session_lifetime", "0", "must be a whole number from 1 to 315,360,000"),
        ("auth.refresh_lifetime", "inf", "must be a whole number from 1 to 315,360,000"),
        ("accounts.registration", '"no"', "must be closed, invited or open"),
        ("accounts.allowed_domains", '"school.example"', "must be a list of texts"),
        (
            "accounts.allowed_domains",
            '["@school.example"]',
            "'@school.example' must be a domain such as school.example",
        ),
        ("accounts.allowed_domains", '["*"]', "'*' must be a domain such as school.example"),
        ("accounts.allowed_domains", '["school"]', "'school' must be a domain such as school.example"),
        ("accounts.allowed_domains", '["a b.example"]', "'a b.example' must be a domain such as school.example"),
        ("mail.encryption", '"ssl"', "must be none, starttls or tls"),
        ("mail.sender", '"Studyhall <hall@example.org>"', "must be an email address"),
        ("mail.port", "0", "must be a whole number from 1 to 65,535"),
        ("limits.resets", '"often"', "'often' must be a rate"),
        ("storage.url", '""', "must be memory://, "),
        ("storage.url", '"memory://x"', "must be memory://, "),
        ("storage.url", '"mysql://h/d"', "must be memory://, "),
        ("storage.url", '"sqlite://data.db"', "must be memory://, "),
        ("storage.url", '"sqlite:///"', "must be memory://, "),
        ("storage.url", '"sqlite:///data/"', "must be memory://, "),
        ("storage.url", '"sqlite:///data.db?mode=ro"', "must be memory://, "),
        ("storage.url", '"postgresql://"', "must be memory://, "),
        ("storage.url", '"postgresql://h/a\\u0000"', "must be memory://, "),
        ("cache.url", '"redis://h"', 'must be memory:// or, for none, "off"'),
        ("cache.ttl", "-3", "must be a whole number from 1 to 315,360,000"),
        ("cache.max_entries", "0", "must be a whole number of at least 1"),
        ("cors.origins", '"*"', "must be a list of texts"),
        ("cors.origins", "[1]", "must be a list of texts"),
        ("cors.origins", '["https://a.example/"]', "'https://a.example/' must be an origin"),
        ("cors.origins", '["https://a.example/b"]', "'https://a.example/b' must be an origin"),
        ("cors.origins", '["https://A.example"]', "'https://A.example' must be an origin"),
        ("cors.origins", '["https://a.example:443"]', "'https://a.example:443' must be an origin"),
        ("cors.origins", '["http://a.example:80"]', "'http://a.example:80' must be an origin"),
        ("cors.origins", '["https://u@a.example"]', "'https://u@a.example' must be an origin"),
        ("cors.origins", '["https://*.example"]', "'https://*.example' must be an origin"),
        ("cors.origins", '["https://a.example:65536"]', "'https://a.example:65536' must be an origin"),
        ("server.public_url", '"https://study.example.org:65536"', "must be how browsers find the server"),
        ("server.public_url", '"https://study.example.org:0"', "must be how browsers find the server"),
        ("cors.origins", '["null"]', "'null' must be an origin"),
        ("cors.origins", '["a.example"]', "'a.example' must be an origin"),
        ("presence.grace", "0", "must be a number above 0, at most 315,360,000"),
        ("presence.grace", "-1.5", "must be a number above 0, at most 315,360,000"),
        ("presence.away_after", "nan", "must be a number above 0, at most 315,360,000"),
        ("presence.flush_every", "inf", "must be a number above 0, at most 315,360,000"),
        ("socket.max_waiting_bytes", "65535", "must be a whole number of at least 65,536"),
        ("socket.max_waiting_packets", "255", "must be a whole number of at least 256"),
        ("socket.connections_per_address", "0", "must be a whole number of at least 1"),
        ("socket.connections_per_user", "0", "must be a whole number of at least 1"),
        ("socket.join_deadline", "0", "must be a number above 0, at most 315,360,000"),
        ("socket.ping_interval", "-25", "must be a number above 0, at most 315,360,000"),
        ("socket.ping_timeout", "inf", "must be a number above 0, at most 315,360,000"),
        ("limits.enabled", "1", "must be true or false"),
        ("limits.sign_ups", '"many"', "'many' must be a rate"),
        ("limits.sign_ins", '""', "'' must be a rate"),
        ("limits.rooms", '"10/fortnight"', "'10/fortnight' must be a rate"),
        ("limits.joins", '"0/minute"', "'0/minute' must be a rate"),
        ("limits.events", '"50 a second"', "'50 a second' must be a rate"),
        ("limits.messages", '"1/second; 10/minute"', "'1/second; 10/minute' must be a rate"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_source(tmp_path, setting, value, why):
    section, key = setting.split(".")
    file = toml(tmp_path, f"[{section}]\n{key} = {value}\n")
    assert refusal(file).startswith(f"config.toml: [{section}] {key}: {why}")


@pytest.mark.parametrize(
    ("variable", "text", "why"),
    [
        ("STUDYHALL_SERVER_PORT", "", "must be a whole number from 0 to 65,535"),
        ("STUDYHALL_SERVER_PORT", "http", "must be a whole number from 0 to 65,535"),
        ("STUDYHALL_SERVER_PORT", "65536", "must be a whole number from 0 to 65,535"),
        ("STUDYHALL_SERVER_ENVIRONMENT", "Production", "must be development, production or test"),
        ("STUDYHALL_AUTH_SECRET", "é" * 15, "must have at least 32 bytes, has 30"),
        ("STUDYHALL_AUTH_SECRET", "\udcff" * 40, "must be text in UTF-8"),
        ("STUDYHALL_PRESENCE_GRACE", "nan", "must be a number above 0, at most 315,360,000"),
        ("STUDYHALL_PRESENCE_GRACE", "inf", "must be a number above 0, at most 315,360,000"),
        ("STUDYHALL_LIMITS_ENABLED", "maybe", "must be true or false"),
        ("STUDYHALL_LIMITS_ENABLED", "null", "must be true or false"),
        ("STUDYHALL_CORS_ORIGINS", "https://a.example,b", "'b' must be an origin"),
    ],
)
def test_bad_text_is_refused_by_name_and_source(variable, text, why):
    section, key = config.VARIABLES[variable]
    assert refusal(environ={variable: text}).startswith(f"{variable}: {why}")
    assert refusal(overrides={f"{section}.{key}": text}).startswith(f"command line: {section}.{key}: {why}")


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


# -- what the addresses mean


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("*", "http://localhost:81"),
        ("0.0.0.0", "http://localhost:81"),
        ("::", "http://localhost:81"),
        ("localhost", "http://localhost:81"),
        ("127.0.0.1", "http://127.0.0.1:81"),
        ("::1", "http://[::1]:81"),
        ("[::1]", "http://[::1]:81"),
        ("[::]", "http://localhost:81"),
        ("0:0:0:0:0:0:0:0", "http://localhost:81"),
        ("LOCALHOST", "http://localhost:81"),
        ("::ffff:127.0.0.1", "http://127.0.0.1:81"),
        ("hall.example", "http://hall.example:81"),
    ],
)
def test_host_is_named_as_browsers_open_it(host, address):
    assert config.load(None, {}, {"server.host": host, "server.port": "81"}).server.base_url == address


@pytest.mark.parametrize("port", [1, 6000, 6665, 6669, 10080])
def test_port_that_browsers_refuse_is_warned_of(port):
    words = f"browsers refuse port {port}: choose another one ([server] "
    assert ServerSettings(port=port).warning(port) == words + "port)"
    assert ServerSettings(host="::1").warning(port) == words + "port)"
    for url in (f"https://study.example.org:{port}", f"http://[::1]:{port}"):
        assert ServerSettings(public_url=url).warning(5000) == words + "public_url)"
    assert ServerSettings(port=port, public_url="https://study.example.org").warning(port) is None, (
        "a proxy is before it"
    )


@pytest.mark.parametrize("port", [80, 443, 5000, 5059, 5062, 6001, 8080, 65535])
def test_port_that_browsers_open_is_not_warned_of(port):
    assert ServerSettings(port=port).warning(port) is None
    assert ServerSettings(public_url=f"https://study.example.org:{port}").warning(5000) is None


@pytest.mark.parametrize(
    ("url", "kind", "file"),
    [
        ("memory://", "memory", None),
        ("sqlite:///data/studyhall.db", "sqlite", config.ROOT / "data/studyhall.db"),
        ("sqlite:////srv/studyhall.db", "sqlite", Path("/srv/studyhall.db")),
        ("postgresql://h/d", "postgresql", None),
        ("postgres://h/d", "postgresql", None),
    ],
)
def test_a_storage_address_says_which_backend_and_which_file(url, kind, file):
    storage = StorageSettings(url=url)
    assert storage.kind == kind
    assert file is None or storage.file == file


@pytest.mark.parametrize(("url", "enabled"), [("memory://", True), ("off", False), ("", False)])
def test_the_cache_can_be_off(url, enabled):
    assert CacheSettings(url=url).enabled is enabled


# -- secrets stay secret


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:pw@h:5432/d", "postgresql://ada:…@h:5432/d"),
        ("postgresql://ada:pw@h/d?password=pw&sslmode=require", "postgresql://ada:…@h/d?password=…&sslmode=require"),
        ("postgresql://h/d?sslmode=require&SSLPassword=pw", "postgresql://h/d?sslmode=require&SSLPassword=…"),
        ("postgresql://ada:p@w/p:w?p#w@h/d", "postgresql://ada:…@h/d"),
        ("postgresql://:pw@h/d", "postgresql://:…@h/d"),
        ("postgresql://ada@h/d", "postgresql://ada@h/d"),
        ("postgresql://h:5432/d", "postgresql://h:5432/d"),
        ("sqlite:///data/a@b.db", "sqlite:///data/a@b.db"),
        ("memory://", "memory://"),
    ],
)
def test_passwords_are_taken_out_of_an_address(url, shown):
    assert config.redact_url(url) == shown


def test_neither_secret_nor_password_is_in_a_repr():
    settings = Config(
        server=ServerSettings(probe_token=LONG),
        auth=AuthSettings(secret=LONG),
        storage=StorageSettings(url="postgresql://ada:pass-word@h/d"),
        mail=MailSettings(password="pass-word"),
    )
    for shown in (
        repr(settings),
        str(settings),
        repr(settings.auth),
        f"{settings.storage}",
        repr(settings.__rich_repr__()),
    ):
        assert LONG not in shown
        assert "pass-word" not in shown
    assert "secret='…'" in repr(settings)
    assert "secret=''" in repr(Config())
    assert "password=''" in repr(Config())


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("STUDYHALL_AUTH_SECRET", "too-short-a-one"),
        ("STUDYHALL_STORAGE_URL", "mysql://ada:too-short-a-one@h/d"),
        ("STUDYHALL_STORAGE_URL", "postgresql://ada:too-short-a-one@h/d e"),
    ],
)
def test_no_error_repeats_a_secret(variable, text):
    assert "too-short" not in refusal(environ={variable: text})


# -- the secret that is made


def sqlite_in(folder: Path) -> Config:
    return Config(storage=StorageSettings(url=f"sqlite:///{folder}/studyhall.db"))


def test_a_secret_that_is_set_is_used_and_nothing_is_written(tmp_path):
    settings = msgspec.structs.replace(sqlite_in(tmp_path), auth=AuthSettings(secret=LONG))
    assert config.load_secret_key(settings) == LONG
    assert list(tmp_path.iterdir()) == []


def test_without_one_a_private_secret_is_kept_beside_the_data(tmp_path):
    folder = tmp_path / "new" / "data"
    made = config.load_secret_key(sqlite_in(folder))
    assert len(made) >= 64
    assert [file.name for file in folder.iterdir()] == ["secret"]
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert config.load_secret_key(sqlite_in(folder)) == made


def test_with_postgres_the_secret_is_kept_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("config.secret_key.ROOT", tmp_path)
    made = config.load_secret_key(Config(storage=StorageSettings(url="postgresql://h/d")))
    assert (tmp_path / "data" / "secret").read_text("utf-8").strip() == made


def test_memory_storage_keeps_no_secret(tmp_path, monkeypatch):
    monkeypatch.setattr("config.secret_key.ROOT", tmp_path)
    memory = Config(storage=StorageSettings(url="memory://"))
    assert config.load_secret_key(memory) != config.load_secret_key(memory)
    assert len(config.load_secret_key(memory)) >= 64
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    folders = [tmp_path / str(n) for n in range(50)]
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        starts = [[processes.submit(config.load_secret_key, sqlite_in(folder)) for _ in range(4)] for folder in folders]
        made = [{start.result() for start in same_folder} for same_folder in starts]
    assert [len(secrets) for secrets in made] == [1] * 50
    assert {file.name for folder in folders for file in folder.iterdir()} == {"secret"}


def test_whoever_comes_second_takes_the_first_ones_secret(tmp_path, monkeypatch):
    """Between looking for the file and putting it there, another process does."""

    def look(file: Path) -> bool:
        file.write_text(LONG, "utf-8")
        return False

    monkeypatch.setattr(Path, "exists", look)
    assert config.load_secret_key(sqlite_in(tmp_path)) == LONG
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_kept_secret_saved_with_a_byte_order_mark_is_the_same(tmp_path):
    made = config.load_secret_key(sqlite_in(tmp_path))
    (tmp_path / "secret").write_bytes(f"{made}\r\n".encode("utf-8-sig"))
    assert config.load_secret_key(sqlite_in(tmp_path)) == made


@pytest.mark.parametrize("kept", [b"", b"short\n", b"\xff" * 64])
def test_a_kept_secret_that_is_none_is_refused(tmp_path, kept):
    (tmp_path / "secret").write_bytes(kept)
    with pytest.raises(SettingsError, match=re.escape(f"[auth] secret: {tmp_path}/secret: holds less than 32 bytes")):
        config.load_secret_key(sqlite_in(tmp_path))
    assert (tmp_path / "secret").read_bytes() == kept


def test_a_secret_that_cannot_be_kept_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^\[auth\] secret: .*/file/secret: File exists; or set STUDYHALL_AUTH"):
        config.load_secret_key(sqlite_in(tmp_path / "file"))
