"""The pages that explain who is who: why a customer is one, their history, and the identity log."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.asked import day_of
from crm.identity import causes
from crm.identity.drawing import drawn
from crm.identity.evidence import Evidence, evidence_of, said_of, standing_of
from crm.identity.logbook import Asked, history_of, lines_of, read_log
from crm.identity.models import Customer, Link
from crm.privacy.access import requires, visible_or_404
from crm.privacy.roles import ADMINISTERS, INSPECTS, SEES_CUSTOMERS
from crm.profile.portraits import portraits

admins, lookers, inspectors = requires(*ADMINISTERS), requires(*SEES_CUSTOMERS), requires(*INSPECTS)
HISTORY_SHOWN = 60
CAUSES = [("", "Everything"), (causes.STAFF, "Staff’s decisions"), *causes.SAID.items()]


@lookers
@require_GET
@never_cache
def why(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The evidence graph of a customer, drawn and as a list."""
    customer = visible_or_404(request, public_id)
    evidence = evidence_of(customer)
    context = {"evidence": evidence, "drawing": drawn(evidence), "rows": rows_of(evidence), **about(customer)}
    return render(request, "crm/identity/why.html", context)


def rows_of(evidence: Evidence) -> list[dict[str, Any]]:
    """The links as the list shows them."""
    return [
        {
            "number": number, "link": link, "said": said_of(link), "standing": standing_of(link),
            "is_weighed": link.basis == Link.Basis.SCORED or "terms" in link.evidence,
        }
        for number, link in enumerate(evidence.links, start=1)
    ]  # fmt: skip


@lookers
@require_GET
@never_cache
def history(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What made a customer who they are: joined, merged, split, and by whom."""
    customer = visible_or_404(request, public_id)
    events = history_of(customer)
    lines = lines_of(events[:HISTORY_SHOWN])
    context = {"lines": lines, "more": len(events) - len(lines), **about(customer)}
    return render(request, "crm/identity/history.html", context)


@inspectors
@require_GET
@never_cache
def identity_log(request: HttpRequest) -> HttpResponse:
    """Every change of who is who in the installation, newest first."""
    asked = asked_of(request.GET)
    events, has_more = read_log(asked)
    lines = lines_of(events)
    address = request.GET.copy()
    if has_more:
        address["before"] = f"{events[-1].at.isoformat()}_{events[-1].pk}"
    context = {
        "lines": lines, "asked": asked, "causes": CAUSES, "next": address.urlencode() if has_more else "",
        "staff": User.objects.filter(groups__name__in=ADMINISTERS).distinct().order_by("username")[:200],
    }  # fmt: skip
    return render(request, "crm/identity/log.html", context)


def asked_of(asked: QueryDict) -> Asked:
    """What a request for the log asks; what cannot be read is as if not asked."""
    cause = asked.get("cause", "")
    actor, on = asked.get("actor", ""), asked.get("on", "")
    return Asked(
        cause if cause in dict(CAUSES) else "",
        int(actor) if actor.isascii() and actor.isdigit() and len(actor) < 10 else None,
        day_of(on),
        position_of(asked.get("before", "")),
    )


def position_of(text: str) -> tuple[datetime, int] | None:
    at, _, pk = text.partition("_")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (found, int(pk)) if found.tzinfo and pk.isascii() and pk.isdigit() and len(pk) < 19 else None


# What the pages share


def about(customer: Customer) -> dict[str, Any]:
    """Whom a page is about."""
    return {"customer": customer, "portrait": portraits([customer.pk])[customer.pk]}
