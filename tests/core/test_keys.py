"""PINs and tokens come from one secret: the same again tomorrow, worth nothing to who doesn't hold it."""

from __future__ import annotations

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.keys import Keys, Token, secret_from

SECRET = "a secret of the tests that is long enough"
KEYS, OTHERS = Keys(SECRET), Keys(SECRET + ".")
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

ids = st.integers(1, 2**40 - 1)
versions = st.integers(0, 32_767)
unhurried = settings(deadline=None)


@unhurried
@given(ids, versions)
def test_a_token_says_which_case_and_which_version(case_id: int, version: int) -> None:
    token = KEYS.token(case_id, version)
    assert len(token) == 31
    assert set(token) <= set(URL_SAFE)
    assert KEYS.read_token(token) == Token(case_id, version)


@unhurried
@given(ids, versions)
def test_it_is_the_same_after_a_restart_and_another_one_with_another_key(case_id: int, version: int) -> None:
    assert Keys(SECRET).token(case_id, version) == KEYS.token(case_id, version)
    assert OTHERS.token(case_id, version) != KEYS.token(case_id, version)
    assert KEYS.read_token(OTHERS.token(case_id, version)) is None


@unhurried
@given(ids, versions, st.integers(0, 30), st.sampled_from(URL_SAFE + "+/=%\x00é号"))
def test_a_token_with_one_character_changed_is_nobodys(case_id: int, version: int, place: int, other: str) -> None:
    token = KEYS.token(case_id, version)
    assume(token[place] != other)
    assert KEYS.read_token(token[:place] + other + token[place + 1 :]) is None


def test_of_texts_that_mean_the_same_bytes_only_ours_is_good() -> None:
    for token in (KEYS.token(n, 1) for n in range(50)):
        assert [c for c in URL_SAFE if KEYS.read_token(token[:-1] + c)] == [token[-1]]
        for same in (token.replace("-", "+").replace("_", "/"), token + "=", token + "\n", " " + token):
            assert same == token or KEYS.read_token(same) is None


@unhurried
@given(ids, versions, st.integers(0, 30), st.text(URL_SAFE + "=", min_size=1, max_size=5))
def test_a_token_cut_short_or_drawn_out_is_nobodys(case_id: int, version: int, cut: int, more: str) -> None:
    token = KEYS.token(case_id, version)
    assert KEYS.read_token(token[:cut]) is None
    assert KEYS.read_token(token + more) is None


@unhurried
@given(st.text(max_size=200))
def test_any_other_text_is_no_token(text: str) -> None:
    assert KEYS.read_token(text) is None


def test_text_that_no_encoding_knows_is_no_token() -> None:
    assert KEYS.read_token("\ud800" * 31) is None


def test_tokens_of_thousands_of_versions_all_differ() -> None:
    assert len({KEYS.token(7, version) for version in range(1, 2_000)}) == 1_999


@unhurried
@given(st.from_regex(r"\d{12}", fullmatch=True), versions)
def test_a_pin_is_six_digits_and_the_same_when_it_is_reprinted(number: str, version: int) -> None:
    pin = KEYS.pin(number, version)
    assert len(pin) == 6
    assert pin.isdigit()
    assert Keys(SECRET).pin(number, version) == pin


def test_pins_differ_by_number_by_version_and_by_key() -> None:
    numbers = [f"{n:012d}" for n in range(200)]
    for others in ([KEYS.pin(number, 2) for number in numbers], [OTHERS.pin(number, 1) for number in numbers]):
        same = sum(KEYS.pin(number, 1) == other for number, other in zip(numbers, others, strict=True))
        assert same <= 1
    assert len({KEYS.pin(number, 1) for number in numbers}) >= 198


def test_a_sender_is_told_apart_without_being_named() -> None:
    digest = KEYS.sender("+8613800005678")
    assert len(digest) == 32
    assert digest == Keys(SECRET).sender("+8613800005678")
    assert digest != OTHERS.sender("+8613800005678")
    senders = [f"+86138{n:08d}" for n in range(500)]
    assert len({KEYS.sender(sender) for sender in senders}) == 500
    assert [KEYS.sender(sender) for sender in senders] == [Keys(SECRET).sender(sender) for sender in senders]


@pytest.mark.parametrize("secret", ["short", "x" * 31])
def test_a_short_secret_is_refused(secret: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="secret_key"):
        secret_from(secret, tmp_path / "unused")


def test_a_configured_secret_leaves_no_file(tmp_path: Path) -> None:
    assert secret_from(SECRET, tmp_path / "secret_key") == SECRET
    assert not list(tmp_path.iterdir())


def test_without_one_a_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    made = secret_from("", path)
    assert secret_from("", path) == made == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_kept_secret_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("")
    with pytest.raises(SettingsError, match="secret_key"):
        secret_from("", path)


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    paths = [tmp_path / str(n) / "secret_key" for n in range(100) for _ in range(4)]
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(partial(secret_from, ""), paths))
    assert [len(set(made[n : n + 4])) for n in range(0, len(made), 4)] == [1] * 100
