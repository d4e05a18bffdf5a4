"""Stands in for systemd where none runs: starts, stops and renews what the shipped units say, under a folder for /.

Called as `systemctl`; what it was told is kept in `run/told`, one call a line.
"""

from __future__ import annotations

import fnmatch
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(os.environ["ROOT"])
UNITS, RUN = ROOT / "etc/systemd/system", ROOT / "run"
Unit = dict[str, list[str]]
# Not ours: the tests have a PostgreSQL of their own, which goes on.
OTHERS = {("restart", "postgresql.service")}


def unit_of(name: str) -> tuple[Unit, str]:
    """The lines of a unit, all of one name together, and its instance."""
    front, _, rest = name.partition("@")
    instance = rest.removesuffix(".service")
    path = UNITS / (f"{front}@.service" if instance else name)
    found: Unit = {}
    for line in path.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found, instance


def environment_of(unit: Unit, credentials: Path) -> dict[str, str]:
    given = {key: os.environ[key] for key in ("PATH", "ROOT", "TMPDIR", "LANG", "HOME") if key in os.environ}
    for file in unit.get("EnvironmentFile", []):
        lines = under_root(file).read_text().splitlines()
        given |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for line in unit.get("Environment", []):
        name, _, value = line.replace("%d", str(credentials)).partition("=")
        given[name] = value
    return given


def under_root(path: str) -> Path:
    return ROOT / path.lstrip("/")


def start(name: str) -> int:
    if pid_of(name) is not None:
        return 0
    unit, _instance = unit_of(name)
    credentials = RUN / f"{name}.credentials"
    credentials.mkdir(exist_ok=True)
    for line in unit.get("LoadCredential", []):
        key, _, path = line.partition(":")
        (credentials / key).write_bytes(under_root(path).read_bytes())
    environment = environment_of(unit, credentials)
    words = [str(under_root(word)) if word.startswith("/") else word for word in shlex.split(unit["ExecStart"][0])]
    with (RUN / f"{name}.log").open("ab") as log:
        how: dict[str, Any] = {
            "cwd": under_root(unit["WorkingDirectory"][0]),
            "stdout": log,
            "stderr": log,
            "start_new_session": True,
        }
        if unit["Type"] == ["oneshot"]:
            return subprocess.run(words, env=environment, check=False, **how).returncode  # noqa: S603
        return notified(name, unit, words, environment, how)


def notified(name: str, unit: Unit, words: list[str], environment: dict[str, str], how: dict[str, Any]) -> int:
    """Returns when the process has said that it is ready, as systemd does for Type=notify."""
    address = RUN / f"{name}.notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(address))
        told.settimeout(0.1)
        process = subprocess.Popen(words, env=environment | {"NOTIFY_SOCKET": str(address)}, **how)  # noqa: S603
        (RUN / f"{name}.pid").write_text(str(process.pid))
        until = time.monotonic() + float(unit["TimeoutStartSec"][0])
        while time.monotonic() < until and process.poll() is None:
            try:
                if b"READY=1" in told.recv(1000):
                    return 0
            except TimeoutError:
                continue
    return 1


def stop(name: str) -> int:
    unit, _ = unit_of(name)
    if (pid := pid_of(name)) is not None:
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + float(unit["TimeoutStopSec"][0])
        while pid_of(name) is not None:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
    (RUN / f"{name}.pid").unlink(missing_ok=True)
    return 0


def pid_of(name: str) -> int | None:
    """The process of a unit, while it runs."""
    try:
        pid = int((RUN / f"{name}.pid").read_text())
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None
    return None if state == "Z" else pid


def main(verb: str, *words: str) -> int:
    names = [word for word in words if not word.startswith("-")]
    with (RUN / "told").open("a") as told:
        told.write(" ".join((verb, *names)) + "\n")
    if verb == "list-units":
        for path in sorted(RUN.glob("*.pid")):
            if pid_of(path.stem) is not None and any(fnmatch.fnmatch(path.stem, name) for name in names):
                print(f"{path.stem} loaded active running")  # noqa: T201
        return 0
    verb = "start" if verb == "enable" and "--now" in words else verb
    todo = {"start": (start,), "stop": (stop,), "restart": (stop, start)}.get(verb, ())
    full = [name if "." in name else f"{name}.service" for name in names if not name.endswith(".timer")]
    return max([act(name) for name in full if (verb, name) not in OTHERS for act in todo], default=0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
