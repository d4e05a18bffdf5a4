"""The containers are held against the program: no Docker runs here, but what they name must be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from gateway.cli import main
from tests.deploy.places import DEPLOY, ROOT, is_setting

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "haoban"}
LINES = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()


def instructions(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ") for line in LINES if line.startswith(f"{name} ")]


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_containers_runs_what_there_is_with_settings_that_there_are(name: str) -> None:
    service = OURS[name]
    if entry := service.get("entrypoint"):
        assert (DEPLOY / entry[0].removeprefix("/opt/haoban/deploy/")).stat().st_mode & 0o111
    else:
        assert service["command"][0] in main.commands
    for variable, value in service["environment"].items():
        assert is_setting(variable), variable
        if variable.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]


def mounted(service: dict[str, Any]) -> Iterator[str]:
    for volume in service.get("volumes", []):
        yield volume.partition(":")[0]


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_a_container_names_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for source in mounted(service):
        assert source in COMPOSE["volumes"] or source == "./certificate" or (DEPLOY / source).is_file(), source
    assert "/" not in service["image"], "no registry is prescribed"


def test_several_processes_share_a_redis_and_a_migrated_database() -> None:
    serve = OURS["serve"]
    assert serve["deploy"]["replicas"] > 1
    assert serve["environment"]["HAOBAN_REDIS__URL"] == "redis://redis:6379/0"
    assert serve["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert "depends_on" in OURS["migrate"]
    assert "migrate" not in OURS["migrate"]["depends_on"]


def test_postgresql_has_as_much_memory_as_the_pages_give_it() -> None:
    assert SERVICES["postgres"]["command"] == ["postgres", "-c", "shared_buffers=1GB"]
    for language in ("en", "zh"):
        page = (ROOT / "docs" / language / "running/database.md").read_text("utf-8")
        assert "ALTER SYSTEM SET shared_buffers = '1GB'" in page


def test_only_the_network_of_the_proxy_is_believed() -> None:
    [front] = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert ip_network(OURS["serve"]["environment"]["HAOBAN_SERVER__TRUSTED_PROXIES"]) == ip_network(front["subnet"])
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_only_who_makes_backups_has_their_passphrase() -> None:
    have = {name for name, service in SERVICES.items() if "backup_passphrase" in service.get("secrets", [])}
    assert have == {"backup", "rehearse"}


def test_the_proxy_has_the_one_configuration_with_the_processes_in_their_place() -> None:
    [_, _, command] = SERVICES["proxy"]["command"]
    [before, after] = re.findall(r"sed s/([^/]+)/([^/]+)/", command)[0]
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert text.count(before) == text.count("server 127.0.0.1:8080") == 2
    assert after == "serve:8080"
    assert not any(line.count(before) > 1 for line in text.splitlines()), "sed changes one a line"


def test_the_image_is_made_of_what_there_is_and_as_it_is_installed_elsewhere() -> None:
    copied = [word for line in instructions("COPY") for word in line.split()[:-1]]
    for source in copied:
        assert (ROOT / source).exists(), source
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    [packages] = re.findall(r"^include = \[(.*)\]$", pyproject, re.MULTILINE)
    assert {name.strip(' "*') for name in packages.split(",")} <= set(copied)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    [run] = [line for line in instructions("RUN") if "--require-hashes" in line]
    for option in ("--require-hashes -r requirements/run.txt", "--no-deps --no-build-isolation --editable ."):
        assert option in makefile
        assert any(option in line for line in instructions("RUN"))
    assert "requirements/run.txt" in run
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert {f"!{source}" for source in copied} <= set(ignored)


def test_the_image_runs_as_nobody_special_and_a_supported_python() -> None:
    assert instructions("USER") == ["haoban"]
    [version] = re.findall(r"^python:3\.(\d+)-", instructions("FROM")[0])
    assert 11 <= int(version) <= 13
    for line in instructions("ENV"):
        for variable, _ in re.findall(r"(HAOBAN_\w+)=(\S+)", line):
            assert is_setting(variable)
