"""A real SMTP server that keeps what it is sent, and says no where a test wants it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "gateway", "a password for tests"


@dataclass
class MailServer:
    """`says` is what is answered in place of a yes, by command; `hangs_up` drops the line once a mail is there."""

    tls: ssl.SSLContext | None = None
    wrapped: bool = False
    auth: bool = False
    says: dict[str, list[str]] = field(default_factory=dict)
    hangs_up: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _open: list[SMTP] = field(default_factory=list)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        wrap = self.tls if self.wrapped else None
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=wrap)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    def hang_up(self) -> None:
        """Drop every line."""
        for one in self._open:
            if one.transport is not None:
                one.transport.abort()
        self._open.clear()

    def _protocol(self) -> SMTP:
        self.connections += 1
        starttls = self.tls is not None and not self.wrapped
        made = SMTP(
            self,
            hostname="mail.example",
            ident="a server for tests",
            tls_context=self.tls if starttls else None,
            require_starttls=starttls,
            authenticator=self._let_in if self.auth else None,
            auth_required=self.auth and starttls,
            auth_require_tls=starttls,
            enable_SMTPUTF8=False,
        )
        self._open.append(made)
        return made

    def _let_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802  (named by the library, as are the next)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if no := self._no("MAIL"):
            return no
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if no := self._no("RCPT"):
            return no
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if no := self._no("DATA"):
            return no
        content = envelope.original_content or b""
        assert all(byte < 128 for byte in content)
        self.mails.append(message_from_bytes(content, policy=default))  # type: ignore[arg-type]
        self.envelopes.append((str(envelope.mail_from), ",".join(map(str, envelope.rcpt_tos))))
        if self.hangs_up and server.transport is not None:
            server.transport.abort()
        return "250 OK"

    def _no(self, command: str) -> str:
        waiting = self.says.get(command)
        return waiting.pop(0) if waiting else ""

    def section(self, **given: Any) -> dict[str, Any]:
        """The channel's settings for it."""
        return {
            "enabled": True,
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "sender": "tongzhi@haoban.example",
        } | given


@asynccontextmanager
async def mail_server(**given: Any) -> AsyncIterator[MailServer]:
    server = MailServer(**given)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
