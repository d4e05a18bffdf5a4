"""A machine in a folder: the places where Haoban is installed for real, with a version or two and the shipped units."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.county import SECRET
from tests.deploy.places import DEPLOY, ROOT, UNITS

PASSPHRASE = "a passphrase of tests"
PACKAGES = ("core", "channels", "bots", "kiosk", "webui", "gateway")
# A channel that is switched on, whose other side nobody answers.
KANNEL = {
    "CHANNELS__KANNEL__ENABLED": "true",
    "CHANNELS__KANNEL__SECRET": "0123456789abcdef",
    "CHANNELS__KANNEL__SEND_URL": "http://127.0.0.1:9/",
    "CHANNELS__KANNEL__CALLBACK_URL": "http://127.0.0.1:8080",
    "CHANNELS__KANNEL__USERNAME": "haoban",
    "CHANNELS__KANNEL__PASSWORD": "haoban",
}
_HAOBAN = """#!/bin/sh
PYTHONPATH={release} exec {python} -P -m gateway "$@"
"""
_PYTHON = """#!/bin/sh
PYTHONPATH={release} exec {python} "$@"
"""
_SYSTEMCTL = """#!/bin/sh
exec {python} {script} "$@"
"""
_RUNUSER = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""


@dataclass(frozen=True)
class Machine:
    root: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HAOBAN_")}
        return kept | {
            "ROOT": str(self.root),
            "PATH": f"{self.root}/bin:{self.root}/usr/local/bin:{os.environ['PATH']}",
        }

    def run(self, *words: str | Path, entered: str = "") -> subprocess.CompletedProcess[str]:
        """A command to its end, away from any terminal."""
        return subprocess.run(  # noqa: S603
            words,
            env=self.environment,
            input=entered,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
            start_new_session=True,
        )

    def log(self, unit: str) -> str:
        return (self.root / "run" / f"{unit}.service.log").read_text()

    @property
    def told(self) -> list[str]:
        """What systemd was told to do."""
        return (self.root / "run" / "told").read_text().splitlines()

    def release(self, name: str, without: str = "") -> Path:
        """A version of the program beside the others; `without` a migration it is as it was before that."""
        made = self.root / "opt/haoban/releases" / name
        (made / ".venv/bin").mkdir(parents=True)
        for package in PACKAGES:
            if without and package == "core":
                shutil.copytree(ROOT / package, made / package, ignore=shutil.ignore_patterns(f"{without}*"))
            else:
                (made / package).symlink_to(ROOT / package)
        shutil.copytree(DEPLOY, made / "deploy")
        (made / "requirements").symlink_to(ROOT / "requirements")
        program(made / ".venv/bin/haoban", _HAOBAN.format(release=made, python=sys.executable))
        program(made / ".venv/bin/python", _PYTHON.format(release=made, python=sys.executable))
        return made

    def stop_all(self) -> None:
        for pid in (self.root / "run").glob("*.pid"):
            self.run("systemctl", "stop", pid.stem)


def machine(root: Path, database_url: str, **more: str) -> Machine:
    """`more` are settings by their variables' names, which go over those of the file."""
    for place in ("etc/haoban/secrets", "etc/systemd/system", "var/lib/haoban", "var/backups/haoban", "run", "bin"):
        (root / place).mkdir(parents=True)
    for unit in UNITS.iterdir():
        shutil.copy(unit, root / "etc/systemd/system")
    secrets = {"database_url": database_url, "secret_key": SECRET, "backup_passphrase": PASSPHRASE}
    for name, secret in secrets.items():
        (root / "etc/haoban/secrets" / name).write_text(secret + "\n")
    shutil.copy(DEPLOY / "settings.toml", root / "etc/haoban/settings.toml")
    lines = (DEPLOY / "environment").read_text().replace("=/etc/", f"={root}/etc/")
    lines += "".join(f"HAOBAN_{name}={value}\n" for name, value in more.items())
    (root / "etc/haoban/environment").write_text(lines)
    script = Path(__file__).parent / "systemctl.py"
    program(root / "bin/systemctl", _SYSTEMCTL.format(python=sys.executable, script=script))
    program(root / "bin/runuser", _RUNUSER)
    return Machine(root)


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
