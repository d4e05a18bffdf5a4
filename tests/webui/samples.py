"""Made-up items, forms, notices and cases of every stage, as the query layer tells them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from core.codes import Decision, NoticeKind, Stage, Status
from core.legal_clock import Limit, Unit
from core.local_time import ZONE
from core.numbers import query_number
from core.views import (
    CaseStatus,
    FeeView,
    FormView,
    ItemGuide,
    ItemSummary,
    LegalBasisView,
    MaterialView,
    NoticeView,
    QuestionView,
)

PIN = "204816"
FORM_BYTES = "空白表格".encode() * 50_000
DIGEST = sha256(FORM_BYTES).hexdigest()
FORM_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILE_NAME = "食品经营许可申请书.docx"
MARKET = "示例县市场监督管理局"

SUMMARY = ItemSummary(
    task_code="DEMOSC001",
    name="食品经营许可（新办）",
    name_en="Food business licence (new)",
    parent_name="食品生产经营许可",
    department=MARKET,
    department_en="Shili County Administration for Market Regulation",
    task_type="01",
    topic="企业开办",
)
OTHER = replace(
    SUMMARY, task_code="DEMOSC002", name="食品经营许可变更", name_en="Change of a food business licence", topic=""
)
BARE = replace(
    SUMMARY,
    task_code="GA-17",
    name="犬类登记",
    name_en="",
    department="示例县公安局",
    department_en="",
    parent_name="",
    task_type="07",
)

FORM = FormView(
    slug="b7k2",
    task_code=SUMMARY.task_code,
    item=SUMMARY.name,
    material_name="食品经营许可申请书",
    title="食品经营许可申请书",
    title_en="Application for a food business licence",
    notes=("用黑色水笔填写，不得涂改。", "经营项目按实际情况勾选。"),
    notes_en=("Fill it in with a black pen, without corrections.", "Tick what you really sell."),
    file_name=FILE_NAME,
    media_type=FORM_TYPE,
    size_bytes=len(FORM_BYTES),
    digest=DIGEST,
)


def material(name: str, **given: object) -> MaterialView:
    usual = MaterialView(name, "", True, "1", "1", 1, None, "A4", "10", "申请人", "", "", "")
    return replace(usual, **given)  # type: ignore[arg-type]


GUIDE = ItemGuide(
    summary=SUMMARY,
    version=3,
    paused=False,
    department_code="DEMO-SC",
    project_type="2",
    serve_types=("1", "2"),
    handle_types=("1", "2"),
    statutory=Limit(20, Unit.WORKING_DAYS),
    promised=Limit(5, Unit.WORKING_DAYS),
    accept_condition="1. 已取得营业执照等合法主体资格。\n"
    "2. 有与经营的食品相适应的场所，环境整洁，与有毒、有害场所保持规定距离。\n"
    "3. 有专职或者兼职的食品安全管理人员。",
    handle_flow="1. 申请：到窗口或者网上提交材料。\n2. 受理：当场决定是否受理。\n"
    "3. 现场核查：必要时两名以上人员到场核查。\n4. 决定：作出许可决定并发证。",
    materials=(
        material(
            "食品经营许可申请书",
            name_en="Application form",
            accept_stand="内容完整，签名或者盖章齐全。",
            fill_explain="可在窗口领取，也可下载打印。",
        ),
        material(
            "营业执照",
            name_en="Business licence",
            material_type="2",
            material_format="3",
            original_num=None,
            copy_num=1,
            source_type="20",
            issuer="市场监督管理部门",
            accept_stand="能够在线核验的不必提交。",
        ),
        material(
            "授权委托书", name_en="Letter of authority", needed=False, by_law="《食品经营许可和备案管理办法》第十二条"
        ),
    ),
    is_fee=True,
    fees=(FeeView("许可证工本费", "每证 10 元", "《示例收费目录》第 3 项", True),),
    legal_bases=(
        LegalBasisView("《中华人民共和国食品安全法》", "2021年修正", "第三十五条", "国家对食品生产经营实行许可制度。"),
    ),
    result_name="食品经营许可证",
    result_type="10",
    transact_addr="示例县政务服务中心二楼 12 号窗口",
    transact_time="周一至周五 9:00—12:00，13:30—17:00（法定节假日除外）",
    link_way="0000-1234512",
    supervise_way="0000-12345",
    online_url="https://example.org/apply",
    limit_scene_num=1,
    is_online=True,
    is_schedule=True,
    is_pay_online=False,
    is_express=True,
    questions=(QuestionView("小餐馆也要办吗？", "要。面积小的按小餐饮登记，材料更少。\n请先打电话问清楚。"),),
    forms=(FORM,),
    unpublished=(),
)
BARE_GUIDE = replace(
    GUIDE,
    summary=BARE,
    version=1,
    department_code="",
    project_type="",
    serve_types=(),
    handle_types=(),
    statutory=None,
    promised=None,
    accept_condition="",
    handle_flow="",
    materials=(),
    is_fee=None,
    fees=(),
    legal_bases=(),
    result_name="",
    result_type="",
    transact_addr="",
    transact_time="",
    link_way="",
    supervise_way="",
    online_url="",
    limit_scene_num=None,
    is_online=None,
    is_schedule=None,
    is_pay_online=None,
    is_express=None,
    questions=(),
    forms=(),
    unpublished=("condition", "flow", "materials", "limit", "fee", "law", "result"),
)

NOTICES = (
    NoticeView(
        key="2026-31",
        kind=NoticeKind.PUBLICITY,
        title="关于拟准予示例食品有限公司食品经营许可的公示",
        text="现予公示。\n对公示内容有异议的，请在公示期内提出。",
        department=MARKET,
        from_day=date(2026, 11, 20),
        until_day=date(2026, 11, 30),
        objection_contact="0000-1234512，二楼 12 号窗口",
    ),
    NoticeView(
        key="2026-30",
        kind=NoticeKind.ANNOUNCEMENT,
        title="元旦假期窗口服务安排",
        text="1 月 1 日至 3 日窗口休息。",
        department="",
        from_day=date(2026, 11, 18),
        until_day=None,
        objection_contact="",
    ),
)


def moment(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, 30, tzinfo=ZONE)


def case(serial: int, stage: Stage, status: Status, **given: object) -> CaseStatus:
    usual = CaseStatus(
        number=query_number(date(2026, 11, 23), serial),
        stage=stage,
        status=status,
        item=SUMMARY.name,
        item_en=SUMMARY.name_en,
        task_code=SUMMARY.task_code,
        item_version=3,
        department=MARKET,
        department_en=SUMMARY.department_en,
        applicant="欧阳*",
        applied_at=moment(11, 20),
        accepted_at=moment(11, 23),
        completed_at=None,
        due_at=moment(11, 30, 23),
        due_to_the_minute=False,
        due_provisional=False,
        overdue=False,
        extended=False,
        bring_originals=False,
        reason="",
        missing=(),
        amend_until=None,
        paused_by="",
        paused_until=None,
        decision=None,
        result_name="",
        result_no="",
        collect="",
        link_way="0000-1234512",
        updated_at=moment(11, 23, 15),
        can_be_rated=False,
        token=f"token-{serial}",
    )
    return usual._replace(**given)  # type: ignore[arg-type]


_EARLY = {"accepted_at": None, "due_at": None}
_DONE = {
    "completed_at": moment(11, 27),
    "decision": Decision.GRANTED,
    "result_name": "食品经营许可证",
    "result_no": "JY1330000000018",
    "can_be_rated": True,
}
CASES = (
    case(1, Stage.CHECKING, Status.SUBMITTED, **_EARLY),
    case(2, Stage.CHECKING, Status.PRE_PASSED, bring_originals=True, **_EARLY),
    case(
        3,
        Stage.AMEND,
        Status.CORRECTION,
        missing=("营业执照复印件", "<b>场所平面图</b>"),
        amend_until=date(2026, 12, 1),
        reason="缺两份材料",
        **_EARLY,
    ),
    case(4, Stage.RECEIVED, Status.RECEIVED, **_EARLY),
    case(5, Stage.ACCEPTED, Status.ACCEPTED),
    case(
        6,
        Stage.REVIEWING,
        Status.REVIEWING,
        due_at=moment(1, 5, 23).replace(year=2027),
        due_provisional=True,
        extended=True,
    ),
    case(
        7, Stage.REVIEWING, Status.SPECIAL, paused_by="专家评审", paused_until=date(2026, 12, 10), reason="需要现场评审"
    ),
    case(8, Stage.DECIDED, Status.DECIDED),
    case(9, Stage.FINISHED, Status.COMPLETED, collect="1. 带身份证到二楼 12 号窗口。\n2. 也可以快递。", **_DONE),
    case(10, Stage.DELIVERED, Status.DELIVERED, **_DONE),
    case(11, Stage.NOT_ACCEPTED, Status.NOT_ACCEPTED, reason="不属于本机关职权", due_at=None),
    case(12, Stage.ENDED, Status.WITHDRAWN, reason="申请人撤回", due_at=None),
    case(13, Stage.ACCEPTED, Status.ACCEPTED, due_at=moment(11, 24, 16), due_to_the_minute=True),
    case(14, Stage.REVIEWING, Status.REVIEWING, due_at=moment(11, 24, 23), overdue=True),
)
BY_STATUS = {one.status: one for one in reversed(CASES)}


def store_form(files_dir: Path) -> None:
    """Put the form's file where the store keeps it."""
    place = files_dir / DIGEST[:2]
    place.mkdir(parents=True, exist_ok=True)
    (place / DIGEST).write_bytes(FORM_BYTES)
