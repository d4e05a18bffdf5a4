"""What lists of cases write for statuses, results and kinds of papers. Source: the status table of the domain rules."""

from __future__ import annotations

from core.codes import Decision, IdType, Status
from core.exchange.cells import code_list

STATUSES = code_list(
    "draft 草稿|submitted 待预审|pre_returned 预审退回|pre_passed 预审通过|received 已收件 收件|correction 待补正 补正|"
    "not_accepted 不予受理|accepted 已受理 受理|reviewing 审查中 审查 办理中 在办|special 特别程序|transferred 已转报|"
    "decided 已决定|completed 已办结 办结|delivered 已送达|withdrawn 已撤回 撤回|terminated 异常终止"
)
RESULTS = code_list("0 出证办结|1 退回办结|2 作废办结|3 删除办结|4 转报办结|5 补交不来办结|6 办结 普通办结 正常办结")
DECISIONS = {
    **dict.fromkeys(("准予", "准予许可", "准予行政许可"), Decision.GRANTED),
    **dict.fromkeys(("不予", "不予许可", "不予行政许可"), Decision.REFUSED),
}
APPLICANT_TYPES = code_list("1 自然人 个人 公民|2 法人 企业 企业法人 单位 其他组织 事业法人 社会组织 机关")
RESIDENT_ID = IdType.RESIDENT_ID.value
ID_TYPES = {
    **dict.fromkeys(("10", "111", "身份证", "居民身份证", "公民身份号码", "中华人民共和国居民身份证"), RESIDENT_ID),
}

NEED_ACCEPTED = frozenset(
    {
        Status.ACCEPTED,
        Status.REVIEWING,
        Status.SPECIAL,
        Status.TRANSFERRED,
        Status.DECIDED,
        Status.COMPLETED,
        Status.DELIVERED,
    }
)
ENDED_UNACCEPTED = frozenset({"1", "5"})
"""退回办结 and 补交不来办结: finished without ever being accepted."""
