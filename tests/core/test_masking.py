"""Nobody but the person learns from a masked name or number who is meant."""

from __future__ import annotations

import pytest

from core.masking import masked_id, masked_mobile, masked_name


@pytest.mark.parametrize(
    "name, masked",
    [
        ("张三", "张*"),
        ("张小三", "张*"),
        ("欧阳娜娜", "欧阳*"),
        ("司马光", "司马*"),
        ("欧阳", "欧*"),
        ("单于", "单*"),
        ("王", "王*"),
        ("阿不都·热合曼", "阿*"),
        ("John Smith", "J*"),
        ("  李四 ", "李*"),
        ("", ""),
    ],
)
def test_a_persons_name_keeps_the_surname(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_a_companys_name_is_public() -> None:
    assert masked_name("示例县好办科技有限公司", "2") == "示例县好办科技有限公司"


@pytest.mark.parametrize("kind", ["1", "", "9"])
def test_whoever_is_not_known_to_be_a_company_is_masked(kind: str) -> None:
    assert masked_name("示例县好办科技有限公司", kind) == "示*"


@pytest.mark.parametrize(
    "mobile, masked",
    [
        ("13800005678", "138****5678"),
        ("+8613800005678", "+86138****5678"),
        ("138-0000 5678", "138****5678"),
        ("5678", "****"),
        ("", ""),
    ],
)
def test_a_mobile_keeps_its_ends(mobile: str, masked: str) -> None:
    assert masked_mobile(mobile) == masked


@pytest.mark.parametrize(
    "number, masked", [("330102199001011234", "330***********1234"), ("1234567", "*******"), ("", "")]
)
def test_an_id_number_keeps_its_ends(number: str, masked: str) -> None:
    assert masked_id(number) == masked
