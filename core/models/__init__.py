"""The tables of the approval database; Tortoise finds every model through this module."""

from core.models.access import AuditRecord, LookupRecord, PinTry
from core.models.cases import Case, CaseEvent, CaseSerial
from core.models.catalogue import Department, Fee, FormFile, ItemVersion, LegalBasis, Material, Question, ServiceItem
from core.models.centre import CalendarDay, CalendarYear, Notice, OfficePeriod, Revision
from core.models.hall import Kiosk, Rating

__all__ = [
    "AuditRecord",
    "CalendarDay",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "CaseSerial",
    "Department",
    "Fee",
    "FormFile",
    "ItemVersion",
    "Kiosk",
    "LegalBasis",
    "LookupRecord",
    "Material",
    "Notice",
    "OfficePeriod",
    "PinTry",
    "Question",
    "Rating",
    "Revision",
    "ServiceItem",
]
