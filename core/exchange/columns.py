"""The names that columns go by in lists, Chinese or English, so that a list is taken as its department writes it.

Sources: the columns for import of the domain reference, and the field names of the national item exchange.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

EXTRA = "extra"
SHAPES, SHAPE_CHARS = 200, 4000


@dataclass(frozen=True)
class Columns:
    """A kind of list: each field with the names of its column, the Chinese label first; sheets that go with its rows.

    `key` names the field by which a row of a further sheet finds its row of the main one, and `list_names` what the
    list is called in a JSON object that wraps it.
    """

    fields: Mapping[str, str]
    required: tuple[str, ...] = ()
    key: str = ""
    list_names: tuple[str, ...] = ()
    sheets: Mapping[str, Columns] = field(default_factory=dict)
    sheet_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = {plain(name): to for to, names in self.fields.items() for name in (to, *names.split())}
        object.__setattr__(self, "_named", named)
        object.__setattr__(self, "_shapes", lru_cache(SHAPES)(lambda headings: tuple(map(self.field_of, headings))))

    def field_of(self, heading: str) -> str:
        """The field that a heading means, "" for a column that is not known."""
        named: dict[str, str] = self._named  # type: ignore[attr-defined]
        return named.get(heading) or named.get(plain(heading), "")

    def fields_of(self, headings: tuple[str, ...]) -> tuple[str, ...]:
        """The field of each; kept, for the objects of a list nearly all have the same names in the same order.

        What is longer than any list of ours isn't kept: names may come from a stranger.
        """
        if sum(map(len, headings)) > SHAPE_CHARS:
            return tuple(map(self.field_of, headings))
        found: tuple[str, ...] = self._shapes(headings)  # type: ignore[attr-defined]
        return found

    def label(self, name: str) -> str:
        """A field as people and programs call it: 事项名称 (name)."""
        return f"{self.fields[name].split()[0]} ({name})"


def plain(heading: str) -> str:
    """A heading without what spreadsheets put around it: full-width forms, blanks, stars, "(required)" and its kin."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"[\s*:]|\((必填|选填|可选|required|optional)\)|\ufeff", "", text)


_ITEM_KEY = {"task_code": "实施编码 事项编码 实施清单编码"}

MATERIALS = Columns(
    {
        **_ITEM_KEY,
        "name": "材料名称 名称 material_name",
        "name_en": "英文名称 材料英文名称",
        "is_need": "必要性 是否必要 材料必要性 是否必需",
        "material_type": "材料类型",
        "material_format": "材料形式 material_form",
        "original_num": "原件份数 原件 原件数量 original_amount page_num",
        "copy_num": "复印件份数 复印件 复印件数量 copy_amount page_copynum",
        "page_format": "纸质材料规格 材料规格 规格",
        "source_type": "来源渠道 材料来源 材料来源渠道",
        "issuer": "出具机构 出具单位 source_explain",
        "by_law": "要求依据 材料依据 设定依据 依据",
        "accept_stand": "受理标准",
        "fill_explain": "填报须知 fill_explian",
        "order_num": "排序 序号 ordernum",
        "form": "表格定义",
    },
    sheet_names=("材料", "申请材料", "materials", "audit_material"),
)
FEES = Columns(
    {
        **_ITEM_KEY,
        "fee_name": "收费项目 收费项目名称 name",
        "fee_stand": "收费标准",
        "by_law": "收费依据 依据",
        "reducible": "是否允许减免 允许减免 is_desc",
        "order_num": "排序 序号 ordernum",
    },
    sheet_names=("收费", "fees", "charges", "audit_charge"),
)
QUESTIONS = Columns(
    {**_ITEM_KEY, "question": "问题 常见问题", "answer": "答案 解答 回答", "order_num": "排序 序号 ordernum"},
    sheet_names=("常见问题", "faqs", "questions", "audit_qa"),
)
LAWS = Columns(
    {
        **_ITEM_KEY,
        "law_name": "法律名称 法律法规名称 依据名称 设定依据 name",
        "law_number": "文号 依据文号",
        "clause_number": "条款号 条款",
        "clause_content": "条款内容 内容",
        "order_num": "排序 序号 ordernum",
    },
    sheet_names=("依据", "设定依据", "by_law", "laws", "audit_bylaw"),
)
ITEMS = Columns(
    {
        "task_code": "实施编码 事项编码 实施清单编码",
        "name": "事项名称 task_name",
        "department": "实施主体 实施主体名称 dept_name",
        "department_code": "实施主体编码 dept_code",
        "department_en": "实施主体英文名称",
        "name_en": "英文名称 事项英文名称",
        "parent_name": "主项名称",
        "topic": "主题 主题分类",
        "catalog_code": "基本编码",
        "task_type": "事项类型",
        "use_level": "行使层级",
        "project_type": "办件类型",
        "serve_types": "服务对象 serve_type server_type",
        "handle_types": "办理形式 handle_type",
        "anticipate_days": "法定办结时限 anticipate_day",
        "anticipate_unit": "法定办结时限单位 法定时限单位 anticipate_type",
        "promise_days": "承诺办结时限 promise_day",
        "promise_unit": "承诺办结时限单位 承诺时限单位 promise_type",
        "accept_condition": "受理条件 accept_name",
        "handle_flow": "办理流程",
        "by_law": "设定依据 依据 laws legal_bases",
        "is_fee": "是否收费",
        "fee_name": "收费项目",
        "fee_stand": "收费标准",
        "fee_basis": "收费依据",
        "result_name": "审批结果名称 结果名称",
        "result_type": "审批结果类型 结果类型",
        "transact_addr": "办理地点",
        "transact_time": "办理时间",
        "link_way": "咨询方式",
        "supervise_way": "监督投诉方式",
        "online_url": "在线办理地址",
        "limit_scene_num": "到办事现场次数",
        "is_online": "网办 是否网办 is_online_handle",
        "is_schedule": "预约 是否预约 是否支持预约办理",
        "is_pay_online": "网上支付 是否网上支付",
        "is_express": "快递 是否快递 是否支持物流快递",
        "special_procedure": "特别程序",
        "other_dept": "联办机构",
        "task_state": "事项状态",
        "materials": "材料 申请材料",
        "fees": "收费",
        "faqs": "常见问题 questions",
    },
    required=("task_code", "name", "department"),
    key="task_code",
    list_names=("items", "事项"),
    sheets={"materials": MATERIALS, "fees": FEES, "faqs": QUESTIONS, "by_law": LAWS},
    sheet_names=("事项", "items"),
)
CASES = Columns(
    {
        "project_no": "办件编号 办件编码",
        "task_code": "实施编码 事项编码",
        "status": "办件状态 状态",
        "applicant_name": "申请人 申请人名称 申请人姓名",
        "applicant_type": "申请人类型",
        "id_type": "证件类型 申请人证件类型",
        "id_number": "证件号码 申请人证件号码",
        "mobile": "手机 手机号 手机号码 联系手机",
        "legal_representative": "法定代表人",
        "project_name": "办件名称 项目名称",
        "department": "受理部门",
        "region_code": "行政区划 行政区划代码",
        "applied_at": "申请时间",
        "accepted_at": "受理时间",
        "promised_at": "承诺时间 承诺办结时间",
        "completed_at": "办结时间",
        "result": "办结结果",
        "result_name": "结果名称",
        "result_no": "结果文号",
        "reason": "原因 理由",
        "missing": "补正材料 需补正材料",
        "amend_until": "补正期限 补正截止日期",
        "procedure": "特别程序",
        "until": "特别程序预计结束日期",
        "collect": "领取方式",
        "number": "查询号",
        "invest_no": "投资项目编号 项目代码",
    },
    required=("project_no", "task_code", "status", "applicant_name"),
    list_names=("cases", "办件"),
    sheet_names=("办件", "cases"),
)
NOTICES = Columns(
    {
        "key": "编号 公告编号 公示编号 notice_no",
        "kind": "类型 公告类型 类别",
        "title": "标题",
        "text": "正文 内容 content",
        "department": "发布单位 发布部门 部门",
        "task_code": "实施编码 事项编码",
        "from_day": "开始日期 起始日期 发布日期 公示开始日期",
        "until_day": "结束日期 截止日期 公示结束日期",
        "objection_contact": "异议联系方式 意见反馈方式 联系方式",
        "approved_by": "审核人 批准人 签发人",
    },
    required=("key", "kind", "title", "text", "from_day"),
    key="key",
    list_names=("notices", "公告", "公示"),
    sheet_names=("公告", "公示", "notices"),
)
