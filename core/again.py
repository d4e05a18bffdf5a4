"""Work that another process's migration or lock undid is done once more instead of failing for who asked for it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.context import get_current_context

from core.errors import Undone

Result = TypeVar("Result")
Asked = ParamSpec("Asked")


def again(work: Callable[Asked, Awaitable[Result]]) -> Callable[Asked, Coroutine[Any, Any, Result]]:
    """A piece of work in a transaction of its own, tried once more when that was undone; then it raises Undone.

    Inside a larger transaction it isn't tried again: that one is undone as a whole.
    """

    @functools.wraps(work)
    async def done(*args: Asked.args, **kwargs: Asked.kwargs) -> Result:
        if not _in_transaction():
            with contextlib.suppress(Undone):
                return await work(*args, **kwargs)
        return await work(*args, **kwargs)

    return done


def _in_transaction() -> bool:
    context = get_current_context()
    if context is None or not context.inited:
        return False
    connections = context.connections
    return any(isinstance(connections.get(name), TransactionalDBClient) for name in connections.db_config)
