"""Where a person is reached: telephone numbers and mail addresses in one form, masked where somebody looks at them."""

from __future__ import annotations

import re
import unicodedata

from core.masking import masked_mobile

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
_ABROAD = re.compile(r"\+\d{7,15}")
MOST_MAIL_CHARS = 254
_ATOMS = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")


def telephone(written: str) -> str:
    """A telephone number as +8613800005678, empty for what is none."""
    digits = re.sub(r"[\s()（）.\-]", "", written)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        digits = "+" + digits
    if _ABROAD.fullmatch(digits):
        return digits
    if _MOBILE.fullmatch(digits):
        return "+86" + digits
    return "+86" + digits[1:] if _LANDLINE.fullmatch(digits) else ""


def takes_texts(number: str) -> bool:
    """Whether text messages reach a number: none of a Chinese line that isn't mobile."""
    return bool(number) and (not number.startswith("+86") or bool(_MOBILE.fullmatch(number[3:])))


def mail_address(written: str) -> str:
    """A mail address in one form (RFC 5321 without quotes, the domain in ASCII), empty for what is none."""
    local, _, domain = unicodedata.normalize("NFKC", written.strip()).rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    address = f"{local}@{domain}"
    is_one = _ATOMS.fullmatch(local) and _DOMAIN.fullmatch(domain) and len(address) <= MOST_MAIL_CHARS
    return address if is_one else ""


def is_mail(address: str) -> bool:
    """Whether a kept address is one of mail: no telephone number and no chat's id has the sign."""
    return "@" in address


def contact(written: str) -> str:
    """A telephone number or a mail address in its one form, empty for what is neither."""
    return mail_address(written) if is_mail(unicodedata.normalize("NFKC", written)) else telephone(written)


def masked(address: str) -> str:
    """A telephone number, a mail address or a chat's id as staff see it."""
    if address.startswith("+"):
        return masked_mobile(address)
    if is_mail(address):
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}***@{domain}"
    return f"{address[:2]}****{address[-2:]}" if len(address) > 4 else "*" * len(address)
