"""The way to the server that takes mail: few connections, kept open, and errors told apart by what may have arrived."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import AsyncIterator
from enum import StrEnum

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from channels.email_settings import EmailSettings
from core.errors import SendError, SendReason

AT_ONCE = 4
# Together shorter than a lane waits for a channel, so that what didn't leave is never taken for what may have.
TURN_S, OPEN_S, DATA_S = 5.0, 9.0, 14.0
KEPT_OPEN_S = 60.0
QUIT_S = 1.0
_CLOSING, _NO_AUTH, _NO_LOGIN = 421, 530, 535
_STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")


class Stage(StrEnum):
    """How far a mail had come when the server said no."""

    CONNECT = "connect"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"


def refusal(stage: Stage, code: int, told: str) -> SendError:
    """What a server's no means: 4xx is for now (greylisting among it), 5xx for good, of the recipient or of the mail.

    The server's words may quote the address: only its numbers are kept. Source: RFC 5321, 4.2; RFC 3463.
    """
    status = found[0] if (found := _STATUS.search(told)) else ""
    return SendError(_reason(stage, code, status), f"{stage}: {code} {status}".rstrip())


def _reason(stage: Stage, code: int, status: str) -> SendReason:
    if code in (_NO_AUTH, _NO_LOGIN):
        return "config"
    if 400 <= code < 500:
        return "throttled"
    if stage == Stage.CONNECT:
        return "unreachable"
    # 5.7: the server's own rules, such as whom it takes mail for; the address may be a good one.
    return "invalid" if stage == Stage.RECIPIENT and not status.startswith("5.7.") else "rejected"


class Relay:
    """Raises SendError: `unreachable` when no mail left us, `unknown` when it was on its way and no answer came."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._idle: list[tuple[SMTP, float]] = []

    async def stop(self) -> None:
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_quit(smtp) for smtp, _ in idle))

    async def deliver(self, to: str, letter: bytes) -> None:
        """Have the server take a mail for one recipient."""
        try:
            async with asyncio.timeout(TURN_S):
                await self._turns.acquire()
        except TimeoutError:
            raise SendError("throttled", "all connections are busy") from None
        try:
            await self._deliver(to, letter)
        finally:
            self._turns.release()

    async def probe(self) -> str:
        """Whether the server answers, and lets us in."""
        async with _opening():
            smtp = await self._connected()
        size = smtp.esmtp_extensions.get("size", "")
        await _quit(smtp)
        return f"answers, takes up to {int(size) // 1024**2} MiB" if size.isdigit() and int(size) else "answers"

    async def _deliver(self, to: str, letter: bytes) -> None:
        async with _opening():
            smtp = await self._addressed(to)
        usable = False
        try:
            async with asyncio.timeout(DATA_S):
                await smtp.data(letter, timeout=DATA_S)
            usable = True
        except SMTPResponseException as error:
            if not 400 <= error.code < 600:
                raise SendError("unknown", "an answer that is none") from None
            usable = _is_refusal(error.code)
            raise refusal(Stage.DATA, error.code, error.message) from None
        except (SMTPException, OSError, TimeoutError) as error:
            raise SendError("unknown", type(error).__name__) from None
        finally:
            self._give_back(smtp, usable=usable)

    async def _addressed(self, to: str) -> SMTP:
        """A connection on which sender and recipient were taken: a kept one where it still holds, else a new one."""
        while self._idle:
            smtp, since = self._idle.pop()
            if smtp.is_connected and time.monotonic() - since < KEPT_OPEN_S:
                with contextlib.suppress(_Lost):
                    await self._address(smtp, to)
                    return smtp
            smtp.close()
        smtp = await self._connected()
        await self._address(smtp, to)
        return smtp

    async def _address(self, smtp: SMTP, to: str) -> None:
        """Raises _Lost when the connection was, and SendError for what is refused."""
        stage = Stage.SENDER
        try:
            await smtp.mail(self._settings.sender)
            stage = Stage.RECIPIENT
            await smtp.rcpt(to)
        except SMTPResponseException as error:
            if not _is_refusal(error.code):
                smtp.close()
                raise _Lost("throttled", f"{stage}: {error.code}") from None
            await self._keep(smtp)
            raise refusal(stage, error.code, error.message) from None
        except (SMTPException, OSError) as error:
            smtp.close()
            raise _Lost("unreachable", type(error).__name__) from None
        except BaseException:
            smtp.close()
            raise

    async def _keep(self, smtp: SMTP) -> None:
        """A connection on which one mail was refused does for the next."""
        try:
            await smtp.rset()
        except (SMTPException, OSError):
            smtp.close()
        except BaseException:
            smtp.close()
            raise
        else:
            self._give_back(smtp, usable=True)

    async def _connected(self) -> SMTP:
        settings = self._settings
        smtp = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password or None,
            # Ours is looked up otherwise, which takes its time where there is no name server.
            local_hostname=settings.domain,
            timeout=OPEN_S,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=None if settings.security == "none" else ssl.create_default_context(),
        )
        try:
            await smtp.connect()
            await smtp.noop()
        except SMTPAuthenticationError as error:
            smtp.close()
            raise refusal(Stage.CONNECT, error.code if error.code < 500 else _NO_LOGIN, error.message) from None
        except SMTPResponseException as error:
            smtp.close()
            raise refusal(Stage.CONNECT, error.code, error.message) from None
        except (SMTPException, OSError) as error:
            smtp.close()
            raise SendError(*_not_connected(error)) from None
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _give_back(self, smtp: SMTP, *, usable: bool) -> None:
        if usable and smtp.is_connected:
            self._idle.append((smtp, time.monotonic()))
        else:
            smtp.close()


def _is_refusal(code: int) -> bool:
    """Of this mail; any other answer than 4xx and 5xx, and the server's goodbye, end the connection."""
    return 400 <= code < 600 and code != _CLOSING


class _Lost(SendError):
    """The connection was lost before the mail left."""


@contextlib.asynccontextmanager
async def _opening() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(OPEN_S):
            yield
    except TimeoutError:
        raise SendError("unreachable", f"no answer in {OPEN_S:.0f} s") from None


def _not_connected(error: BaseException) -> tuple[SendReason, str]:
    """Why there is no connection; a server without what is asked of it is a matter of the settings."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "unreachable", f"its certificate is not trusted: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, SMTPServerDisconnected | SMTPTimeoutError | OSError):
        return "unreachable", type(error).__name__
    return "config", "the server offers no encryption, or no way to sign in"


async def _quit(smtp: SMTP) -> None:
    with contextlib.suppress(SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(QUIT_S):
            await smtp.quit()
    smtp.close()
