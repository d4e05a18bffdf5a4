"""Rows are read ahead while the database works, without keeping it waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.exchange.batches import TURN_S, read_ahead


def slowly(one: int) -> int:
    until = time.perf_counter() + TURN_S / 2
    while time.perf_counter() < until:
        pass
    return one * 10


async def test_all_rows_come_in_their_order_and_batches_are_no_longer_than_asked_for() -> None:
    batches = [batch async for batch in read_ahead(iter(range(7)), 3, slowly)]
    assert batches == [[0, 10, 20], [30, 40, 50], [60]]


async def test_who_works_on_one_batch_has_turns_while_the_next_is_read() -> None:
    read: list[int] = []

    def noted(one: int) -> int:
        read.append(one)
        return slowly(one)

    turns = 0
    async for batch in read_ahead(iter(range(100)), 50, noted):
        async with asyncio.timeout(5):
            while batch[0] == 0 and len(read) < 100:
                await asyncio.sleep(0)
                turns += 1
    assert turns >= 10


async def test_a_row_that_cannot_be_read_is_told_to_who_asked_for_it() -> None:
    with pytest.raises(ZeroDivisionError):
        async for _batch in read_ahead(iter((1, 2, 0)), 2, lambda one: 1 / one):
            pass
