"""What the snippet asks for: itself, and the number that this visitor is to see."""

import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import phonenumbers
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from crm.limiting import Buckets, is_of_this_machine
from crm.privacy.access import public
from crm.sources.models import Source
from crm.whence import address_of
from integrations.errors import Rejected
from integrations.inbox.receiving import reject
from integrations.origins import check_origin
from integrations.tracking.leasing import Shown, lease
from integrations.tracking.models import NumberPool

SCRIPT = Path(__file__).with_name("script.js")
FRESH = 300  # seconds that a browser keeps the script
LONGEST_BODY = 8_000  # bytes
LONGEST_TEXT = 500
LANDED = frozenset(
    "page referrer utm_source utm_medium utm_campaign utm_term utm_content gclid gbraid wbraid fbclid".split()
)
VISITORS = Buckets(settings.ADDRESS_RATE)  # or one of them would take all the numbers
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type", "Vary": "Sec-GPC"}


@public
@require_GET
def script(request: HttpRequest, write_key: str) -> HttpResponse:
    """The snippet: the same for everybody; it knows its key from its own address."""
    return HttpResponse(
        content(),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={FRESH}", "Access-Control-Allow-Origin": "*",
                 "Cross-Origin-Resource-Policy": "cross-origin"},
    )  # fmt: skip


@cache
def content() -> bytes:
    return SCRIPT.read_bytes()


@public
@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
def number(request: HttpRequest, write_key: str) -> HttpResponse:
    """The number that a visitor sees, and a sign of life of their visit.

    A browser that wants no tracking gets the fallback, and nothing is kept of it.
    """
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=CORS)
    address = address_of(request)
    if not is_of_this_machine(address) and VISITORS.wait(address, time.monotonic()):
        return refused("too many requests from this address; ask again in a while", 429)
    pool = NumberPool.objects.select_related("source").filter(source__write_key=write_key).first()
    if pool is None or pool.source.disabled_at:
        return refused("no numbers are kept for this write key; make a pool on the source's page", 404)
    try:
        check_origin(pool.source.settings, {name.lower(): value for name, value in request.headers.items()})
    except Rejected as refusal:
        reject(pool.source, refusal)
        return refused(refusal.reason, refusal.status)
    if request.headers.get("Sec-GPC") == "1":
        return answer(Shown(pool.fallback, None), pool.source)
    told = read_body(request)
    if told is None:
        return refused('send {"visitor": "<anonymous id>", "landed": {...}} as JSON', 400)
    return answer(lease(pool, told.visitor, told.landed, timezone.now(), is_landing=told.is_landing), pool.source)


class Asked(NamedTuple):
    """What a browser says of its visit. is_landing: it asks for the first time."""

    visitor: str
    landed: dict[str, Any]
    is_landing: bool


def read_body(request: HttpRequest) -> Asked | None:
    """What a request says; None where it names no visitor, or says too much."""
    if len(request.body) > LONGEST_BODY:
        return None
    try:
        told = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
    visitor = told.get("visitor") if isinstance(told, dict) else None
    if not isinstance(visitor, str) or not 0 < len(visitor) <= 200 or "\0" in visitor:
        return None
    landed = told.get("landed")
    return Asked(visitor, plain(landed) if isinstance(landed, dict) else {}, told.get("is_landing") is True)


def plain(landed: dict[str, Any]) -> dict[str, Any]:
    """What is kept of how somebody landed."""
    return {
        name: value.replace("\0", "")[:LONGEST_TEXT]
        for name, value in landed.items()
        if name in LANDED and isinstance(value, str)
    }


def answer(shown: Shown, source: Source) -> HttpResponse:
    told = {"number": shown.number, "text": as_written(shown.number, source.country), "is_tracked": bool(shown.lease)}
    return JsonResponse(told, headers=CORS | {"Cache-Control": "no-store"})


def as_written(number: str, country: str) -> str:
    """A number as people of a country write it; abroad, as they would dial it from there."""
    parsed = phonenumbers.parse(number)
    is_home = phonenumbers.country_code_for_region(country) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def refused(reason: str, status: int) -> HttpResponse:
    return JsonResponse({"error": reason}, status=status, headers=CORS)
