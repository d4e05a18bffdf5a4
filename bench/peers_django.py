"""The status look-up as Django's users write it: models mapped onto our tables, select_related, a JsonResponse.

gunicorn bench.peers_django:application
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

from bench.peers_facts import DATABASE, facts, is_locked, is_right, record

_AT = urlsplit(DATABASE)
settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="a key for measuring",
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="Asia/Shanghai",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _AT.path.strip("/"),
            "USER": _AT.username or "postgres",
            "HOST": parse_qs(_AT.query).get("host", [_AT.hostname])[0],
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402  (Django wants its settings first)
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402


class Department(models.Model):
    name = models.CharField(max_length=100, unique=True)
    name_en = models.CharField(max_length=200)
    code = models.CharField(max_length=32)

    class Meta:
        app_label, managed, db_table = "peers", False, "department"


class ServiceItem(models.Model):
    task_code = models.CharField(max_length=64, unique=True)
    version = models.IntegerField()
    task_state = models.CharField(max_length=1)

    class Meta:
        app_label, managed, db_table = "peers", False, "service_item"


class ItemVersion(models.Model):
    item = models.ForeignKey(ServiceItem, models.PROTECT)
    department = models.ForeignKey(Department, models.PROTECT)
    number = models.IntegerField()
    name = models.CharField(max_length=500)
    name_en = models.CharField(max_length=500)
    project_type = models.CharField(max_length=1)
    anticipate_days = models.IntegerField(null=True)
    anticipate_unit = models.CharField(max_length=1)
    promise_days = models.IntegerField(null=True)
    promise_unit = models.CharField(max_length=1)
    link_way = models.TextField()

    class Meta:
        app_label, managed, db_table = "peers", False, "item_version"


class Case(models.Model):
    number = models.CharField(max_length=12, unique=True)
    project_no = models.CharField(max_length=50, unique=True)
    version = models.ForeignKey(ItemVersion, models.PROTECT)
    applicant_name = models.CharField(max_length=200)
    applicant_type = models.CharField(max_length=1)
    pin_version = models.SmallIntegerField()
    status = models.CharField(max_length=16)
    applied_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    due_provisional = models.BooleanField()
    extended = models.BooleanField()
    told = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "peers", False, "approval_case"


class LookupRecord(models.Model):
    at = models.DateTimeField()
    channel = models.CharField(max_length=20)
    sender = models.CharField(max_length=32)
    origin = models.CharField(max_length=64)
    number = models.CharField(max_length=12)
    by = models.CharField(max_length=8)
    outcome = models.CharField(max_length=16)

    class Meta:
        app_label, managed, db_table = "peers", False, "lookup_record"


class PinTry(models.Model):
    number = models.CharField(max_length=12)
    sender = models.CharField(max_length=32)
    failures = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "peers", False, "pin_try"


@csrf_exempt
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    """Number and PIN, recorded."""
    sent, sender = json.loads(request.body), request.META["HTTP_X_FORWARDED_FOR"]
    if is_locked(PinTry.objects.filter(number=sent["number"], sender__in=(sender, ""))):
        return JsonResponse({"error": "too many tries"}, status=429)
    case = _found(sent["number"])
    if case is None or not is_right(case.number, case.pin_version, sent["pin"]):
        return JsonResponse({"error": "number and PIN don't fit"}, status=404)
    LookupRecord.objects.create(**record(case.number, sender))
    return JsonResponse(facts(case))


@csrf_exempt
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """The number alone: neither PIN nor record."""
    case = _found(json.loads(request.body)["number"])
    return JsonResponse(facts(case))


def _found(number: str) -> Case | None:
    cases = Case.objects.select_related("version__item", "version__department").exclude(status="draft")
    return cases.filter(number=number).first()


urlpatterns = [path("api/v1/status", status), path("read", read)]
application = get_wsgi_application()
