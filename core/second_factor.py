"""The second factor of staff: six digits from an app (RFC 6238); the only place that knows the library."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

PERIOD_S = 30
# A clock may be half a minute off, either way.
STEPS_AROUND = (0, -1, 1)


def new_secret() -> str:
    """A secret to be shown once, in base 32."""
    return pyotp.random_base32()


def app_address(secret: str, login: str, centre: str) -> str:
    """What an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=centre)


def step_of(secret: str, code: str, at: datetime, after: int) -> int | None:
    """The step of time whose code this is, None for a wrong one.

    Steps up to `after`, whose code was given before, are refused: a code that was looked at over a shoulder is worth
    nothing.
    """
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // PERIOD_S
    fits = [now + around for around in STEPS_AROUND if hmac.compare_digest(totp.at((now + around) * PERIOD_S), code)]
    return next((step for step in fits if step > after), None)


def code_at(secret: str, at: datetime) -> str:
    """The code that an app shows at a moment."""
    return pyotp.TOTP(secret).at(at)
