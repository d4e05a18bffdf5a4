"""What those who run the program write, and what they are told when it is wrong: all of it, before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from core.errors import SettingsError
from core.qr import MAX_PUBLIC_URL_CHARS
from gateway.registry import CHANNELS, switched_on
from gateway.settings import Settings, load

ROOT = Path(__file__).parent.parent.parent
SECRET = "hunter2-must-never-be-shown"
TWILIO = {"account_sid": "AC" + "0" * 32, "auth_token": SECRET, "from_number": "+8613800000000"}


def loaded(folder: Path, text: str = "", environment: Mapping[str, str] | None = None) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, "utf-8")
    return load(path, environment or {}, channels=switched_on)


def problems(folder: Path, text: str = "", environment: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as told:
        loaded(folder, text, environment)
    return str(told.value)


def test_every_problem_is_named_at_once_with_its_place(tmp_path: Path) -> None:
    text = """
        [server]
        prot = 80
        public_url = "gopher://example.org"
        secret_key = "short"
        trusted_proxies = ["10.0.0.0/33"]
        [database]
        url = "mysql://localhost/haoban"
        [redis]
        url = "http://localhost"
        [limits]
        lookups = "often"
        [log]
        level = "loud"
        [channels.twilio_sms]
        enabled = true
        account_sid = "AC"
        tokn = "x"
        [channels.pigeon]
        enabled = true
        [bots.telegram]
        enabeld = true
        [unheard_of]
        key = 1
    """
    environment = {"HAOBAN_SERVER__PORT": "many", "HAOBAN_CENTRE__NAME_FILE": str(tmp_path / "none")}
    told = problems(tmp_path, text, environment).splitlines()
    assert {line.partition(": ")[0] for line in told} == {
        "server.prot",
        "server.port (HAOBAN_SERVER__PORT)",
        "server.public_url",
        "server.secret_key",
        "server.trusted_proxies.0",
        "database.url",
        "redis.url",
        "limits.lookups",
        "log.level",
        "unheard_of",
        "HAOBAN_CENTRE__NAME_FILE",
        "channels.twilio_sms.account_sid",
        "channels.twilio_sms.auth_token",
        "channels.twilio_sms.from_number",
        "channels.twilio_sms.tokn",
        "channels.pigeon",
        "bots.telegram.enabled",
    }
    assert "server.prot: there is no such setting" in told
    assert "channels.twilio_sms.auth_token: is missing" in told
    assert "limits.lookups: 'often' is not of the form 30/minute" in told


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    text = "[server]\nport = 1\nhost = 'here'\n"
    found = loaded(tmp_path, text, {"HAOBAN_SERVER__PORT": "2", "HAOBAN_REDIS__URL": "redis://r:1/0", "OTHER": "x"})
    assert (found.server.port, found.server.host, found.redis.url) == (2, "here", "redis://r:1/0")


def test_a_variable_may_name_a_file_that_holds_the_value(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 40 + "\n")
    assert loaded(tmp_path, "", {"HAOBAN_SERVER__SECRET_KEY_FILE": str(tmp_path / "key")}).server.secret_key == "k" * 40


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), (b"\xff\xfe", "not UTF-8")], ids=["missing", "no text"]
)
def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    told = problems(tmp_path, "", {"HAOBAN_SERVER__SECRET_KEY_FILE": str(tmp_path / "key")})
    assert told.startswith("HAOBAN_SERVER__SECRET_KEY_FILE: ")
    assert why in told


def test_a_value_given_twice_by_the_environment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 40)
    both = {"HAOBAN_SERVER__SECRET_KEY": "j" * 40, "HAOBAN_SERVER__SECRET_KEY_FILE": str(tmp_path / "key")}
    assert problems(tmp_path, "", both) == (
        "HAOBAN_SERVER__SECRET_KEY_FILE: HAOBAN_SERVER__SECRET_KEY is set too: only one of them may be"
    )


def test_an_unknown_variable_is_told_by_its_name(tmp_path: Path) -> None:
    assert problems(tmp_path, "", {"HAOBAN_SERVER__PROT": "80"}) == (
        "server.prot (HAOBAN_SERVER__PROT): there is no such setting"
    )
    assert "port is no section" in problems(tmp_path, "[server]\nport = 1", {"HAOBAN_SERVER__PORT__X": "80"})


def test_lists_are_lists_in_the_file_and_parts_with_commas_in_the_environment(tmp_path: Path) -> None:
    in_file = loaded(tmp_path, '[server]\ntrusted_proxies = ["10.0.0.0/8", "::1/128"]')
    in_environment = loaded(tmp_path, "", {"HAOBAN_SERVER__TRUSTED_PROXIES": "10.0.0.0/8, ::1/128"})
    assert in_file.server.trusted_proxies == in_environment.server.trusted_proxies
    assert len(in_file.server.trusted_proxies) == 2
    assert loaded(tmp_path, "", {"HAOBAN_SERVER__TRUSTED_PROXIES": ""}).server.trusted_proxies == ()


@pytest.mark.parametrize(
    "text",
    [
        f"[server]\nsecret_key = '{SECRET[:12]}'",
        f"[server]\nsecret_key = ['{SECRET}']",
        f"[database]\nurl = 'postgres://haoban:{SECRET}@db:port/haoban'",
        f"[redis]\nurl = 'redis://:{SECRET}@redis:port'",
        f"[channels.twilio_sms]\nenabled = true\naccount_sid = '{SECRET}'\nauth_token = {{a = '{SECRET}'}}",
        f"[bots.telegram]\nenabled = '{SECRET}'",
        f"[server]\nsecret_key = '{SECRET}\n",
    ],
)
def test_a_value_is_never_shown(tmp_path: Path, text: str) -> None:
    assert SECRET[:7] not in problems(tmp_path, text)


@pytest.mark.parametrize("url", ["http://h", "https://sd.example.org:8443/hb/", "http://[2001:db8::1]:8080"])
def test_public_addresses_that_fit(tmp_path: Path, url: str) -> None:
    assert loaded(tmp_path, f"[server]\npublic_url = '{url}'").server.public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "http://",
        "http://a b",
        "http://h?x=1",
        "http://h#x",
        "http://u:p@h",
        "http://h:port",
        "http://[::1",
        "https://" + "h" * (MAX_PUBLIC_URL_CHARS - 7),
        "https://" + "县" * (MAX_PUBLIC_URL_CHARS - 8),  # a code holds bytes, not characters
    ],
)
def test_public_addresses_that_fit_no_code(tmp_path: Path, url: str) -> None:
    assert problems(tmp_path, f"[server]\npublic_url = '{url}'").startswith("server.public_url: must be http://")


def test_the_longest_public_address_fits(tmp_path: Path) -> None:
    longest = "https://" + "h" * (MAX_PUBLIC_URL_CHARS - 8)
    assert loaded(tmp_path, f"[server]\npublic_url = '{longest}'").server.public_url == longest


def test_a_file_of_synonyms_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, "[search]\nsynonyms = ['nowhere.toml']").startswith("search.synonyms: nowhere.toml")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"[server]\nport = many", "at line 2"), (b"a = '\xff'", "is not UTF-8"), (None, "there is no such file")],
    ids=["no TOML", "no text", "missing"],
)
def test_a_settings_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=why):
        load(path, {}, channels=switched_on)
    with pytest.raises(SettingsError, match="Is a directory"):
        load(tmp_path, {}, channels=switched_on)


@pytest.mark.parametrize("missing", TWILIO)
def test_a_channel_without_one_of_its_settings_does_not_start(tmp_path: Path, missing: str) -> None:
    given = "\n".join(f"{key} = '{value}'" for key, value in TWILIO.items() if key != missing)
    told = problems(tmp_path, f"[channels.twilio_sms]\nenabled = true\n{given}")
    assert told == f"channels.twilio_sms.{missing}: is missing"


def test_an_empty_secret_is_a_missing_one(tmp_path: Path) -> None:
    given = "\n".join(f"{key} = '{value}'" for key, value in (TWILIO | {"auth_token": ""}).items())
    told = problems(tmp_path, f"[channels.twilio_sms]\nenabled = true\n{given}")
    assert told.startswith("channels.twilio_sms.auth_token: ")


@pytest.mark.parametrize("on", ["true", "'yes'", "'1'", "'on'"])
def test_ways_to_switch_a_channel_on(tmp_path: Path, on: str) -> None:
    given = "\n".join(f"{key} = '{value}'" for key, value in TWILIO.items())
    found = loaded(tmp_path, f"[channels.twilio_sms]\nenabled = {on}\n{given}")
    assert [one.place for one in switched_on(found)] == ["channels.twilio_sms"]


@pytest.mark.parametrize("section", ["enabled = 'yse'", "enabeld = true", ""])
def test_a_slip_leaves_no_channel_silently_off(tmp_path: Path, section: str) -> None:
    assert problems(tmp_path, f"[channels.twilio_sms]\n{section}").startswith("channels.twilio_sms.enabled: ")


def leaves(model: type[BaseModel], place: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, f"{place}{name}.")
        else:
            yield place + name


def test_the_file_that_is_shipped_is_valid_and_explains_every_setting_with_its_default() -> None:
    shipped = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    settings = load(ROOT / "settings.toml", {}, channels=switched_on)
    assert settings.model_dump(exclude={"channels", "bots"}) == Settings().model_dump(exclude={"channels", "bots"})
    named = {f"{section}.{key}" for section, values in shipped.items() for key in values}
    assert {place for place in leaves(Settings) if "." in place} <= named
    assert switched_on(settings) == []


@pytest.mark.parametrize("place", CHANNELS)
def test_the_file_that_is_shipped_has_every_setting_of_a_channel(place: str) -> None:
    from importlib import import_module

    shipped = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    group, _, name = place.partition(".")
    module, _, adapter = CHANNELS[place].partition(":")
    fields = getattr(import_module(module), adapter).Settings.model_fields
    assert set(shipped[group][name]) == set(fields)
