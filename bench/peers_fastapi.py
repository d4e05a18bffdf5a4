"""The status look-up as FastAPI's users write it, with SQLAlchemy's asyncio sessions.

uvicorn bench.peers_fastapi:app
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.peers_facts import DATABASE, facts, is_locked, is_right, record
from bench.peers_sqlalchemy import LookupRecord, by_number, tries

app = FastAPI()
engine = create_async_engine(DATABASE.replace("postgres://", "postgresql+asyncpg://", 1))
made = async_sessionmaker(engine, expire_on_commit=False)


class Asked(BaseModel):
    number: str
    pin: str


async def session() -> AsyncIterator[AsyncSession]:
    async with made() as opened:
        yield opened


Opened = Annotated[AsyncSession, Depends(session)]


@app.post("/api/v1/status")
async def status(sent: Asked, opened: Opened, x_forwarded_for: Annotated[str, Header()]) -> dict[str, Any]:
    """Number and PIN, recorded."""
    if is_locked(await opened.scalars(tries(sent.number, x_forwarded_for))):
        raise HTTPException(429, "too many tries")
    case = (await opened.scalars(by_number(sent.number))).one_or_none()
    if case is None or not is_right(case.number, case.pin_version, sent.pin):
        raise HTTPException(404, "number and PIN don't fit")
    opened.add(LookupRecord(**record(case.number, x_forwarded_for)))
    await opened.commit()
    return facts(case)


@app.post("/read")
async def read(sent: Asked, opened: Opened) -> dict[str, Any]:
    """The number alone: neither PIN nor record."""
    return facts((await opened.scalars(by_number(sent.number))).one())
