"""All pages of the console with the right that each asks for: the one table of who gets where."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from core.staff import Right, Stage
from webui.staff import (
    announcements,
    case,
    consent,
    content,
    fees,
    messages,
    notices,
    operations,
    people,
    persons,
    prompts,
    reception,
    sign_in,
    tasks,
    templates,
    trail,
    work,
)
from webui.staff.guard import Handler, guarded
from webui.staff.site import STAFF, StaffSite

R = Right
ANY, HALF, WHOLE = (
    frozenset(Stage),
    frozenset({Stage.ENROL, Stage.CODE}),
    frozenset({Stage.FULL}),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A page or a call; without a `right` it is everybody's who has come as far as one of the `stages`."""

    method: str
    path: str
    handler: Handler
    right: Right | None
    stages: frozenset[Stage] = WHOLE


_CASE = "/staff/cases/{number}"
_ITEM = "/staff/content/items/{task_code}"
_TEMPLATE = "/staff/content/templates/{event}/{kind}/{language}"
PLACES = (
    Place("GET", "/staff/", sign_in.home, None),
    Place("POST", "/staff/sign-out", sign_in.leave, None, ANY),
    Place("GET", "/staff/password", sign_in.password, None, frozenset({Stage.PASSWORD, Stage.FULL})),
    Place("POST", "/staff/password", sign_in.set_password, None, frozenset({Stage.PASSWORD, Stage.FULL})),
    Place("GET", "/staff/enrol", sign_in.enrolment, None, frozenset({Stage.ENROL})),
    Place("GET", "/staff/enrol/qr.svg", sign_in.enrolment_code, None, frozenset({Stage.ENROL})),
    Place("GET", "/staff/code", sign_in.code, None, frozenset({Stage.CODE})),
    Place("POST", "/staff/code", sign_in.give_code, None, HALF),
    Place("GET", "/staff/work", work.work, R.SEE_CASES),
    Place("GET", _CASE, case.case, R.SEE_CASES),
    Place("POST", f"{_CASE}/id", case.id_number, R.SEE_CASES),
    Place("GET", f"{_CASE}/files/{{file}}", case.file, R.SEE_CASES),
    Place("POST", f"{_CASE}/files", case.attach, R.HANDLE),
    Place("POST", f"{_CASE}/take", case.take, R.HANDLE),
    Place("POST", f"{_CASE}/opinion", case.opinion, R.HANDLE),
    Place("POST", f"{_CASE}/ready", case.ready, R.HANDLE),
    Place("POST", f"{_CASE}/undo", case.undo, R.HANDLE),
    Place("POST", f"{_CASE}/extend", case.extend, R.HANDLE),
    # What may be moved where, the table of transitions says: a supervisor ends a case, and does nothing else.
    Place("GET", f"{_CASE}/move/{{status}}", case.move_form, R.SEE_CASES),
    Place("POST", f"{_CASE}/move/{{status}}", case.move, R.SEE_CASES),
    Place("GET", f"{_CASE}/receipt", case.receipt, R.RECEIVE),
    Place("GET", f"{_CASE}/materials", reception.materials, R.RECEIVE),
    Place("POST", f"{_CASE}/materials", reception.complete, R.RECEIVE),
    Place("GET", f"{_CASE}/fees", fees.fees, R.SEE_FEES),
    Place("POST", f"{_CASE}/fees", fees.change, R.TAKE_FEES),
    Place("GET", f"{_CASE}/fees/notice", fees.notice, R.SEE_FEES),
    Place("GET", "/staff/reception", reception.pick, R.RECEIVE),
    Place("POST", "/staff/reception/known", reception.known, R.RECEIVE),
    Place("GET", "/staff/reception/{task_code}", reception.form, R.RECEIVE),
    Place("POST", "/staff/reception/{task_code}", reception.take_in, R.RECEIVE),
    Place("GET", "/staff/till", fees.till, R.SEE_FEES),
    Place("POST", "/staff/till", fees.close, R.TAKE_FEES),
    Place("GET", "/staff/content", content.content, R.EDIT_CONTENT),
    Place("GET", "/staff/content/new", content.new_item, R.EDIT_CONTENT),
    Place("POST", "/staff/content/new", content.save, R.EDIT_CONTENT),
    Place("GET", _ITEM, content.item, R.EDIT_CONTENT),
    Place("POST", _ITEM, content.save, R.EDIT_CONTENT),
    Place("GET", f"{_ITEM}/compare", content.compare, R.EDIT_CONTENT),
    Place("POST", f"{_ITEM}/forms", content.put_form, R.EDIT_CONTENT),
    Place("POST", f"{_ITEM}/forms/void", content.void_form, R.EDIT_CONTENT),
    Place("GET", "/staff/content/synonyms", content.synonyms, R.EDIT_CONTENT),
    Place("POST", "/staff/content/synonyms", content.change_synonyms, R.EDIT_CONTENT),
    Place("GET", "/staff/content/calendar", content.calendar, R.EDIT_CONTENT),
    Place("POST", "/staff/content/calendar", content.publish_calendar, R.EDIT_CONTENT),
    Place("GET", "/staff/content/notices", notices.listed, R.EDIT_CONTENT),
    Place("POST", "/staff/content/notices", notices.write, R.EDIT_CONTENT),
    Place("GET", "/staff/notices", notices.listed, R.APPROVE_CONTENT),
    Place("POST", "/staff/notices", notices.settle, R.APPROVE_CONTENT),
    Place("GET", "/staff/content/announcements", announcements.listed, R.EDIT_CONTENT),
    Place("POST", "/staff/content/announcements", announcements.write, R.EDIT_CONTENT),
    Place("GET", "/staff/announcements", announcements.listed, R.APPROVE_CONTENT),
    Place("POST", "/staff/announcements", announcements.change, R.APPROVE_CONTENT),
    Place("GET", "/staff/content/templates", templates.listed, R.EDIT_CONTENT),
    Place("GET", _TEMPLATE, templates.template, R.EDIT_CONTENT),
    Place("POST", _TEMPLATE, templates.save, R.EDIT_CONTENT),
    Place("GET", "/staff/messages", messages.listed, R.SEE_MESSAGES),
    Place("GET", "/staff/messages/{message}", messages.evidence, R.SEE_MESSAGES),
    Place("GET", "/staff/dead", messages.dead, R.SEND_AGAIN),
    Place("POST", "/staff/dead", messages.send_again, R.SEND_AGAIN),
    Place("GET", "/staff/tasks", tasks.listed, R.TELL),
    Place("POST", "/staff/tasks", tasks.done, R.TELL),
    Place("GET", "/staff/consent", consent.listed, R.TELL),
    Place("POST", "/staff/consent", consent.change, R.TELL),
    Place("GET", "/staff/operations", operations.operations, R.SEE_OPERATIONS),
    Place("POST", "/staff/operations/channel", operations.switch, R.OPERATE),
    Place("POST", "/staff/operations/kiosk", operations.disable_kiosk, R.OPERATE),
    Place("GET", "/staff/operations/prompts", prompts.prompts, R.SEE_OPERATIONS),
    Place("GET", "/staff/operations/prompts/{prompt}.wav", prompts.sound, R.SEE_OPERATIONS),
    Place("GET", "/staff/trail", trail.trail, R.SEE_TRAIL),
    Place("GET", "/staff/persons", persons.ask, R.SEE_PERSONS),
    Place("POST", "/staff/persons", persons.hand_over, R.SEE_PERSONS),
    Place("GET", "/staff/erasure", persons.ask_erasure, R.ERASE_PERSONS),
    Place("POST", "/staff/erasure", persons.erase, R.ERASE_PERSONS),
    Place("GET", "/staff/people", people.people, R.MANAGE_STAFF),
    Place("POST", "/staff/people", people.add, R.MANAGE_STAFF),
    Place("POST", "/staff/people/change", people.change, R.MANAGE_STAFF),
)


def install(app: web.Application, site: StaffSite) -> None:
    """Put the console into an application."""
    app[STAFF] = site
    app.add_routes(
        [
            web.get("/staff", _to_home),
            web.get("/staff/sign-in", sign_in.form),
            web.post("/staff/sign-in", sign_in.enter),
            *(web.route(one.method, one.path, guarded(one.handler, one.right, one.stages)) for one in PLACES),
        ]
    )


async def _to_home(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/staff/")
