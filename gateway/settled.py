"""What the program holds once it is up: modules, models, the index of items as it was then."""

from __future__ import annotations

import gc

from structlog import get_logger

from core.catalogue import Catalogue
from core.errors import Unavailable

_log = get_logger()


async def settle(catalogue: Catalogue) -> None:
    """Take in what is asked for most, then have garbage no longer looked for among all that is there.

    To look through it again and again would answer nobody for a seventh of a second each time. An index that is built
    anew later is looked through, until the program starts again.
    """
    try:
        await catalogue.warm_up()
    except Unavailable as error:
        _log.warning("index not built yet: whoever asks first waits for it", error=str(error))
    finally:
        keep()


def keep() -> None:
    """Have garbage looked for only among what comes from now on, and once in what was kept so far."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
