"""Values of settings: which are refused, by name and source, and the meaning of addresses."""

from pathlib import Path

import pytest

import config
from config import (
    CacheSettings,
    ServerSettings,
    StorageSettings,
)
from tests.support.settings import refusal, toml

# Rejected values


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


# Addresses


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
