"""The cases of the demonstration with their PINs, apart from the loading of it, which every start would pay for."""

from __future__ import annotations

from core.models import Case
from gateway.house import House


async def listed(house: House) -> list[dict[str, str]]:
    """All demonstration cases, each with number, PIN, status and item."""
    cases = await Case.filter(channel="demo").order_by("id").select_related("version")
    return [
        {
            "number": case.number,
            "pin": house.keys.pin(case.number, case.pin_version),
            "status": case.status,
            "item": case.version.name,
        }
        for case in cases
    ]
