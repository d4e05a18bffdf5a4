"""The field's code lists, so that a code is written once and read by name everywhere. Source: GB/T 39046-2020."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a case 办件 stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PRE_RETURNED = "pre_returned"
    PRE_PASSED = "pre_passed"
    RECEIVED = "received"
    CORRECTION = "correction"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    REVIEWING = "reviewing"
    SPECIAL = "special"
    TRANSFERRED = "transferred"
    DECIDED = "decided"
    COMPLETED = "completed"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


FINISHED = frozenset({Status.COMPLETED, Status.DELIVERED})
"""Done for the citizen: the result is told, and the case can be rated."""


class Stage(StrEnum):
    """What a citizen is told of a status, the same in every channel."""

    CHECKING = "checking"
    AMEND = "amend"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REVIEWING = "reviewing"
    DECIDED = "decided"
    FINISHED = "finished"
    DELIVERED = "delivered"
    NOT_ACCEPTED = "not_accepted"
    ENDED = "ended"


class TaskType(StrEnum):
    """事项类型."""

    PERMIT = "01"
    PENALTY = "02"
    COERCION = "03"
    LEVY = "04"
    PAYMENT = "05"
    INSPECTION = "06"
    CONFIRMATION = "07"
    REWARD = "08"
    RULING = "09"
    OTHER_POWER = "10"
    PUBLIC_SERVICE = "20"


class ProjectType(StrEnum):
    """办件类型."""

    ON_THE_SPOT = "1"
    PROMISED = "2"
    OTHER = "9"


class TaskState(StrEnum):
    """事项状态."""

    IN_USE = "1"
    PAUSED = "2"
    CANCELLED = "3"


class Decision(StrEnum):
    """审批决定: 准予 or 不予."""

    GRANTED = "granted"
    REFUSED = "refused"


class ResultCode(StrEnum):
    """办结结果, with the codes of systems in use."""

    CERTIFICATE = "0"
    RETURNED = "1"
    VOIDED = "2"
    DELETED = "3"
    TRANSFERRED = "4"
    NOT_CORRECTED = "5"
    FINISHED = "6"


class SpecialProcedure(StrEnum):
    """特别程序 that stop the clock. Source: 行政许可法 article 45."""

    HEARING = "听证"
    TENDER = "招标"
    AUCTION = "拍卖"
    INSPECTION = "检验"
    TESTING = "检测"
    QUARANTINE = "检疫"
    APPRAISAL = "鉴定"
    EXPERT_REVIEW = "专家评审"


class ApplicantType(StrEnum):
    """申请人类型."""

    PERSON = "1"
    LEGAL_PERSON = "2"


class NoticeKind(StrEnum):
    """公示 invites objections until its last day; 公告 only tells."""

    PUBLICITY = "publicity"
    ANNOUNCEMENT = "announcement"


class IdType(StrEnum):
    """证件类型 of an applicant."""

    RESIDENT_ID = "10"
    CREDIT_CODE = "001"
    OTHER = "999"
