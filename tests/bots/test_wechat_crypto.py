"""Sealing and signing, held against two libraries that are known to get on with WeChat."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as some

from bots.wechat_crypto import Seal, Unsealable, is_signed, signature
from tests.bots.wechat import AES_KEY, APP_ID, TOKEN
from tests.browser.validity import NODE, node

SEAL = Seal(AES_KEY, APP_ID)
_ORACLE = """
const { encrypt, decrypt, getSignature } = require("@wecom/crypto");
const [key, sealed, text, id, token] = JSON.parse(process.argv[1]);
console.log(JSON.stringify({ opened: decrypt(key, sealed), sealed: encrypt(key, text, id),
  signed: getSignature(token, "1700000000", "n", sealed) }));
"""


@given(some.binary(max_size=3000))
@limits(deadline=None)
def test_what_is_sealed_is_opened_again(message: bytes) -> None:
    assert SEAL.open(SEAL.seal(message)) == message


def test_the_first_library_opens_ours_and_we_open_its() -> None:
    from wechatpy.crypto import PrpCrypto

    other = PrpCrypto(base64.b64decode(AES_KEY + "="))
    assert other.decrypt(SEAL.seal("您好".encode()), APP_ID) in ("您好", "您好".encode())
    assert SEAL.open(other.encrypt("再见", APP_ID).decode()) == "再见".encode()


def test_the_second_library_opens_ours_and_we_open_its_and_signatures_agree() -> None:
    sealed = SEAL.seal("您好".encode())
    given = json.dumps([AES_KEY, sealed, "再见", APP_ID, TOKEN])
    command = [*node(), "-e", _ORACLE, given]
    told = subprocess.run(command, cwd=NODE, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    found = json.loads(told.stdout)
    assert found["opened"]["message"] == "您好"
    assert found["opened"]["id"] == APP_ID
    assert SEAL.open(found["sealed"]) == "再见".encode()
    assert found["signed"] == signature(TOKEN, "1700000000", "n", sealed)


def test_the_signature_is_that_of_the_first_library() -> None:
    from wechatpy.utils import check_signature

    check_signature(TOKEN, signature(TOKEN, "1700000000", "n"), "1700000000", "n")
    assert is_signed(signature(TOKEN, "1", "n"), TOKEN, "1", "n")
    assert not is_signed("\udcff", TOKEN, "1", "n")


@given(some.one_of(some.text(max_size=200), some.binary(max_size=400).map(lambda b: base64.b64encode(b).decode())))
@limits(deadline=None)
def test_what_nobody_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(Unsealable):
        SEAL.open(sealed)


def test_another_account_s_message_is_refused() -> None:
    with pytest.raises(Unsealable):
        SEAL.open(Seal(AES_KEY, "wx9999999999999999").seal(b"x"))
