"""Kiosks are registered, known by their token, and watched over; on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from core.errors import BadRequest, NotFound
from core.kiosks import Kiosks
from core.models import AuditRecord, Kiosk


async def test_a_registered_kiosk_is_known_by_its_token(database):
    kiosks = Kiosks()
    token = await kiosks.register("hall-1", "一楼大厅", "admin")
    assert (await kiosks.known_by(token)).name == "hall-1"
    assert await kiosks.known_by(token[:-1]) is None
    assert await kiosks.known_by("") is None


async def test_the_token_is_not_kept(database):
    token = await Kiosks().register("hall-1", "", "admin")
    kept = await Kiosk.all().values()
    assert token not in str(kept)


async def test_a_disabled_kiosk_is_a_stranger(database):
    kiosks = Kiosks()
    token = await kiosks.register("hall-1", "", "admin")
    await kiosks.disable("hall-1", "admin")
    assert await kiosks.known_by(token) is None
    with pytest.raises(NotFound):
        await kiosks.disable("hall-1", "admin")
    assert await AuditRecord.all().order_by("id").values_list("action", flat=True) == ["kiosk added", "kiosk disabled"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 51])
async def test_a_name_that_is_none_is_refused(database, name):
    with pytest.raises(BadRequest):
        await Kiosks().register(name, "", "admin")


async def test_of_one_name_there_is_one_kiosk(database):
    await Kiosks().register("hall-1", "", "admin")
    with pytest.raises(BadRequest):
        await Kiosks().register(" hall-1 ", "", "admin")
    assert await AuditRecord.all().count() == 1


async def test_staff_see_what_a_kiosk_last_told(database):
    kiosks = Kiosks()
    await kiosks.register("hall-1", "一楼", "admin")
    await kiosks.told("hall-1", {"printer": "paper out", "junk" * 99: "x" * 999})
    (seen,) = await kiosks.listed()
    assert seen.state["printer"] == "paper out"
    assert max(map(len, [*seen.state, *seen.state.values()])) <= 200
    assert seen.seen_at is not None


async def test_a_printer_is_known_and_may_be_changed(database):
    kiosks = Kiosks()
    token = await kiosks.register("hall-1", "", "admin", "tcp://10.0.0.5:9100")
    assert (await kiosks.known_by(token)).printer == "tcp://10.0.0.5:9100"
    await kiosks.set_printer("hall-1", "", "admin")
    assert (await kiosks.known_by(token)).printer == ""
    with pytest.raises(NotFound):
        await kiosks.set_printer("hall-2", "", "admin")
