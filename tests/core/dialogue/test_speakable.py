"""What is spoken is fit to be heard."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dialogue.speakable import LONGEST_PART_S, parts, speakable
from core.language import Catalogues

ZH, EN = Catalogues()["zh"], Catalogues()["en"]


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("居民身份证办理（包括临时）", "居民身份证办理，包括临时"),
        ("示例〔2026〕1号", "示例，2026，1号"),
        ("咨询0000-1234501", "咨询零 零 零 零，幺 二 三 四，五 零 幺"),
        ("工本费 40元/证", "工本费 40元每证"),
        ("3-5个工作日", "3至5个工作日"),
        ("费率5%", "费率百分之5"),
        ("费率5%10元", "费率百分之5，10元"),
        ("见 https://example.com/a?b=1 办理", "见 网上 办理"),
        ("1,000元", "1000元"),
    ],
)
def test_what_the_eye_takes_in_is_said(written, heard):
    assert speakable(written, ZH) == heard


@given(st.text(max_size=300) | st.text("（）[]〔〕/%-0123456789，。、证 件https://a.b", max_size=200))
def test_nothing_unspeakable_is_left(text):
    for language in (ZH, EN):
        heard = speakable(text, language)
        assert not re.search(r"[()（）\[\]【】〔〕{}<>《》|*_#•\n\t]|https?://", heard)
        assert not re.search(r"\d{5}", re.sub(r"[^\x00-\x7f]", " ", heard))


@given(st.text("办件材料，。；、abc. ", max_size=2000))
def test_no_part_is_longer_than_thirty_seconds_and_nothing_is_lost(text):
    cut = parts(text, ZH)
    assert all(len(part) <= LONGEST_PART_S * 4 for part in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
