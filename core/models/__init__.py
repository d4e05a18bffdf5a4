"""The tables of the approval database; Tortoise finds every model through this module."""

from core.models.access import AuditRecord, LookupRecord, PinTry
from core.models.cases import Case, CaseEvent, CaseSerial
from core.models.catalogue import Department, Fee, FormFile, ItemVersion, LegalBasis, Material, Question, ServiceItem
from core.models.centre import CalendarDay, CalendarYear, Notice, OfficePeriod, Revision, SynonymRow
from core.models.desk import CaseFile, DailyClosing, FeeEntry, MaterialReceipt
from core.models.exchange import ApiAnswer, ApiKey, FerryFile, FerryState, Webhook
from core.models.hall import Kiosk, Rating
from core.models.notify import (
    Announcement,
    ChannelPace,
    DeskTask,
    Message,
    MessageEvent,
    MessageTemplate,
    Notification,
    OptOut,
    Subscription,
)
from core.models.staff import ChannelSwitch, StaffMember, StaffSession

__all__ = [
    "Announcement",
    "ApiAnswer",
    "ApiKey",
    "AuditRecord",
    "CalendarDay",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "CaseFile",
    "CaseSerial",
    "ChannelPace",
    "ChannelSwitch",
    "DailyClosing",
    "Department",
    "DeskTask",
    "Fee",
    "FeeEntry",
    "FerryFile",
    "FerryState",
    "FormFile",
    "ItemVersion",
    "Kiosk",
    "LegalBasis",
    "LookupRecord",
    "Material",
    "MaterialReceipt",
    "Message",
    "MessageEvent",
    "MessageTemplate",
    "Notice",
    "Notification",
    "OfficePeriod",
    "OptOut",
    "PinTry",
    "Question",
    "Rating",
    "Revision",
    "ServiceItem",
    "StaffMember",
    "StaffSession",
    "Subscription",
    "SynonymRow",
    "Webhook",
]
