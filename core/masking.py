"""Masking 脱敏 of personal data, so that nobody but the person learns who is meant. Sources: PIPL 51, and custom."""

from __future__ import annotations

import re

from core.codes import ApplicantType

# 百家姓 and 通用规范 list many more; these are the two-character surnames still borne.
_LISTED = """
欧阳 上官 司马 东方 独孤 南宫 夏侯 诸葛 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 端木 轩辕 百里 呼延 东郭 南门 西门
闻人 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 鲜于 闾丘 亓官 拓跋 万俟 赫连 第五 梁丘 左丘
"""
COMPOUND_SURNAMES = frozenset(_LISTED.split())


def masked_name(name: str, applicant_type: str = ApplicantType.PERSON) -> str:
    """Surname and `*` for a person; a company's name as it is."""
    name = name.strip()
    if not name or applicant_type == ApplicantType.LEGAL_PERSON:
        return name
    if name[:2] in COMPOUND_SURNAMES and len(name) > 2:
        return name[:2] + "*"
    return name[:1] + "*"


def masked_mobile(mobile: str) -> str:
    """138****5678, keeping a country code."""
    digits = re.sub(r"[^\d+]", "", mobile)
    return f"{digits[:-8]}****{digits[-4:]}" if len(digits) >= 11 else "*" * len(digits)


def masked_id(number: str) -> str:
    """330***********1234, for staff only."""
    return number[:3] + "*" * max(0, len(number) - 7) + number[-4:] if len(number) > 7 else "*" * len(number)
