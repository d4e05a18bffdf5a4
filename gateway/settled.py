"""What the program holds once it is up, and keeps as long as it runs: modules, models, the index of items."""

from __future__ import annotations

import gc

from core.catalogue import Catalogue


async def settle(catalogue: Catalogue) -> None:
    """Take in what is asked for most, then have garbage no longer looked for among all that will stay.

    To look through it again and again would answer nobody for a seventh of a second each time.
    """
    await catalogue.warm_up()
    keep()


def keep() -> None:
    """Have garbage looked for only among what comes from now on."""
    gc.collect()
    gc.freeze()
