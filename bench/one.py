"""One measurement in a process of its own, so that nothing of one is left for the next.

python -m bench.one NAME SIZE FILE
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib import import_module
from pathlib import Path

from bench.sizes import Size


def main(name: str, size: str, path: str) -> None:
    warnings.simplefilter("ignore")
    tables = import_module(f"bench.{name}").measure(Size(size))
    Path(path).write_text(json.dumps([table.packed() for table in tables]))


if __name__ == "__main__":
    main(*sys.argv[1:])
