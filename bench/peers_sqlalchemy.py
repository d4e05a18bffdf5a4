"""Our tables as SQLAlchemy's users map them, for the two peers that stand on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {datetime: TIMESTAMP(timezone=True), dict[str, Any]: JSONB}  # noqa: RUF012


class Department(Base):
    __tablename__ = "department"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    code: Mapped[str]


class ServiceItem(Base):
    __tablename__ = "service_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_code: Mapped[str]
    version: Mapped[int]
    task_state: Mapped[str]


class ItemVersion(Base):
    __tablename__ = "item_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("service_item.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    number: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str]
    project_type: Mapped[str]
    anticipate_days: Mapped[int | None]
    anticipate_unit: Mapped[str]
    promise_days: Mapped[int | None]
    promise_unit: Mapped[str]
    link_way: Mapped[str]
    item: Mapped[ServiceItem] = relationship()
    department: Mapped[Department] = relationship()


class Case(Base):
    __tablename__ = "approval_case"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    project_no: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    applicant_name: Mapped[str]
    applicant_type: Mapped[str]
    pin_version: Mapped[int]
    status: Mapped[str]
    applied_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_provisional: Mapped[bool]
    extended: Mapped[bool]
    told: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    version: Mapped[ItemVersion] = relationship()


class LookupRecord(Base):
    __tablename__ = "lookup_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    channel: Mapped[str]
    sender: Mapped[str]
    origin: Mapped[str]
    number: Mapped[str]
    by: Mapped[str]
    outcome: Mapped[str]


class PinTry(Base):
    __tablename__ = "pin_try"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    sender: Mapped[str]
    failures: Mapped[int]
    last_at: Mapped[datetime]


def tries(number: str, sender: str) -> Select[tuple[PinTry]]:
    """Wrong PINs of a number, by the sender and by all."""
    return select(PinTry).where(PinTry.number == number, PinTry.sender.in_((sender, "")))


def by_number(number: str) -> Select[tuple[Case]]:
    """A case with its version, item and department in one statement."""
    version = joinedload(Case.version)
    return (
        select(Case)
        .options(version.joinedload(ItemVersion.item), version.joinedload(ItemVersion.department))
        .where(Case.number == number, Case.status != "draft")
    )
