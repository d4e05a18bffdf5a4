"""The units start what there is, with settings that there are, and leave the program no more rights than it needs."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.registry import switched_on
from gateway.serve import GRACE_S, LAST_WORDS_S
from gateway.settings import load
from tests.deploy.places import DEPLOY, UNITS, is_setting, variables_in

SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))
RELEASE = "/opt/haoban/current/"
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictNamespaces": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallFilter": "@system-service",
    "User": "haoban",
}


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(path, "utf-8")
    return read


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_what_a_unit_starts_is_there(path: Path) -> None:
    program, *words = unit(path)["Service"]["ExecStart"].split()
    assert program.startswith(RELEASE)
    if program == f"{RELEASE}.venv/bin/haoban":
        assert words[0] in main.commands
        return
    script = DEPLOY / program.removeprefix(f"{RELEASE}deploy/")
    assert script.stat().st_mode & 0o111
    writable = unit(path)["Service"]["ReadWritePaths"].split()
    assert all(word in writable for word in words)


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_has_the_settings_and_no_rights_to_spare(path: Path) -> None:
    service = unit(path)["Service"]
    assert {key: service[key] for key in HARDENED} == HARDENED
    assert service["EnvironmentFile"] == "/etc/haoban/environment"
    assert service["WorkingDirectory"] in service["ReadWritePaths"].split()
    if service["Type"] == "notify":
        assert "LoadCredential" not in service, "the passphrase of backups is not for what citizens talk to"
        assert float(service["TimeoutStopSec"]) > 2 * (GRACE_S + LAST_WORDS_S)


def test_every_variable_and_setting_is_one_that_the_program_takes(tmp_path: Path) -> None:
    for path in (*SERVICES, DEPLOY / "environment", DEPLOY / "compose.yaml", DEPLOY / "Dockerfile"):
        for variable in variables_in(path.read_text("utf-8")):
            assert is_setting(variable), f"{path.name}: {variable}"
    settings = load(DEPLOY / "settings.toml", {}, channels=switched_on)
    assert settings.redis.url
    assert [str(network) for network in settings.server.trusted_proxies] == ["127.0.0.1/32"]


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_a_timer_starts_a_unit_of_its_name(path: Path) -> None:
    assert path.with_suffix(".service") in SERVICES
    if shutil.which("systemd-analyze"):
        when = unit(path)["Timer"]["OnCalendar"]
        subprocess.run(["systemd-analyze", "calendar", when], check=True, capture_output=True)  # noqa: S603, S607


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    (program := tmp_path / "there").write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in (*SERVICES, *TIMERS):
        text = path.read_text("utf-8")
        lines = [f"ExecStart={program}" if line.startswith("ExecStart=") else line for line in text.splitlines()]
        (tmp_path / path.name).write_text("\n".join(lines).replace("file:/opt", "file:///opt"))
    units = [tmp_path / path.name for path in (*SERVICES, *TIMERS)]
    told = subprocess.run(  # noqa: S603
        ["systemd-analyze", "verify", "--man=no", *units],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", ["backup", "rehearse", "upgrade", "haoban"])
def test_scripts_stop_at_the_first_thing_that_goes_wrong(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    assert "\nset -euo pipefail\n" in text
    if checker := shutil.which("shellcheck"):
        told = subprocess.run(  # noqa: S603
            [checker, "--external-sources", DEPLOY / name],
            capture_output=True,
            text=True,
            check=False,
            cwd=DEPLOY.parent,
        )
        assert told.returncode == 0, told.stdout
