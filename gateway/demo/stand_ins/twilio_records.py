"""Messages and calls as Twilio's interface tells of them, and what people of ours do with theirs.

Sources: Twilio's documentation of the "Messages resource" and the "Calls resource".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from core.dialogue.segments import segments

Json = dict[str, Any]
API_VERSION = "2010-04-01"


@dataclass
class Message:
    """A text message that Twilio took over, ours to a person or a person's to us."""

    account: str
    sid: str
    to: str
    sender: str
    body: str
    callback: str = ""
    direction: str = "outbound-api"
    status: str = "queued"
    error: int | None = None
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def uri(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.account}/Messages/{self.sid}.json"

    def told(self) -> Json:
        """The resource."""
        at = format_datetime(self.made, usegmt=True)
        return {
            "account_sid": self.account,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": at,
            "date_sent": at if self.status in ("sent", "delivered", "undelivered") else None,
            "date_updated": at,
            "direction": self.direction,
            "error_code": self.error,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": str(segments(self.body)),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{self.uri.removesuffix('.json')}/Media.json"},
            "to": self.to,
            "uri": self.uri,
        }

    def form(self) -> dict[str, str]:
        """What a webhook is sent of it."""
        common = {"MessageSid": self.sid, "SmsSid": self.sid, "AccountSid": self.account, "ApiVersion": API_VERSION}
        people = {"From": self.sender, "To": self.to}
        if self.direction == "inbound":
            counted = {"NumMedia": "0", "NumSegments": str(segments(self.body))}
            return common | people | counted | {"SmsMessageSid": self.sid, "SmsStatus": "received", "Body": self.body}
        failed = {"ErrorCode": str(self.error)} if self.error else {}
        return common | people | failed | {"MessageStatus": self.status, "SmsStatus": self.status}


@dataclass
class CallRecord:
    """A call that we asked for, or a person's to us."""

    account: str
    sid: str
    to: str
    sender: str
    url: str
    callback: str = ""
    direction: str = "outbound-api"
    status: str = "queued"
    answered_by: str = ""
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def uri(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.account}/Calls/{self.sid}.json"

    def told(self) -> Json:
        """The resource."""
        at = format_datetime(self.made, usegmt=True)
        never = ("caller_name", "duration", "end_time", "forwarded_from", "group_sid", "parent_call_sid")
        return {
            **dict.fromkeys((*never, "phone_number_sid", "price", "start_time", "trunk_sid")),
            "account_sid": self.account,
            "answered_by": self.answered_by or None,
            "api_version": API_VERSION,
            "date_created": at,
            "date_updated": at,
            "direction": self.direction,
            "from": self.sender,
            "from_formatted": self.sender,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {},
            "to": self.to,
            "to_formatted": self.to,
            "uri": self.uri,
        }

    def form(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a webhook is sent of it, with what a person did."""
        known = {
            "CallSid": self.sid,
            "AccountSid": self.account,
            "ApiVersion": API_VERSION,
            "From": self.sender,
            "To": self.to,
            "CallStatus": self.status,
            "Direction": self.direction,
        }
        return known | ({"AnsweredBy": self.answered_by} if self.answered_by else {}) | dict(more or {})
