"""What is set for e-mail, checked so that no password and no citizen's mail goes through a network unencrypted."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.notify.addresses import mail_address

Secured = Literal["starttls", "tls", "none"]


class EmailSettings(BaseModel):
    """`[channels.email]`"""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    host: str = Field(min_length=1, pattern=r"^\S+$")
    port: int = Field(587, ge=1, le=65535)
    security: Secured = "starttls"
    username: str = ""
    password: str = ""
    sender: str
    sender_name: str = ""
    bounces_host: str = Field("", pattern=r"^\S*$")
    bounces_port: int = Field(993, ge=1, le=65535)
    bounces_security: Literal["tls", "none"] = "tls"
    bounces_username: str = ""
    bounces_password: str = ""
    bounces_folder: str = Field("INBOX", min_length=1)
    per_second: float = Field(0, ge=0, le=1000)
    account_per_second: float = Field(0, ge=0, le=1000)

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, written: str) -> str:
        if not (address := mail_address(written)):
            raise ValueError("is no mail address")
        return address

    @field_validator("sender_name", "username", "password", "bounces_username", "bounces_password", "bounces_folder")
    @classmethod
    def _is_one_line(cls, text: str) -> str:
        if not text.isprintable():
            raise ValueError("must be one line")
        return text

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.security == "none" and not _is_here(self.host):
            raise ValueError("security: none is for a server on this machine only")
        if self.bounces_host and self.bounces_security == "none" and not _is_here(self.bounces_host):
            raise ValueError("bounces_security: none is for a server on this machine only")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password belong together")
        if self.bounces_host and not (self.bounces_username and self.bounces_password):
            raise ValueError("bounces_username and bounces_password are needed with a bounces_host")
        return self

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
