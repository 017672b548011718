"""The pages of the audit log: all of it, and who has looked at one customer."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.identity.models import Customer
from crm.privacy.access import overseen_or_404, requires
from crm.privacy.audit.models import Act
from crm.privacy.audit.reading import asked_of, numbers_of, read_entries, users_listed
from crm.privacy.roles import OVERSEES

overseers = requires(*OVERSEES)


@overseers
@require_GET
@never_cache
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who did what, everybody's, newest first."""
    return render(request, "crm/audit/log.html", shown(request))


@overseers
@require_GET
@never_cache
def looks(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who has looked at a customer, and did what to them."""
    customer = overseen_or_404(request, public_id)
    return render(request, "crm/audit/looks.html", {"customer": customer, **shown(request, customer)})


def shown(request: HttpRequest, customer: Customer | None = None) -> dict[str, Any]:
    """What both pages show."""
    asked = asked_of(request.GET)
    lines, following = read_entries(asked, numbers_of(customer) if customer else None)
    address = request.GET.copy()
    if following:
        address["before"] = str(following)
    return {
        "lines": lines, "asked": asked, "acts": Act.choices, "users": users_listed(),
        "next": address.urlencode() if following else "",
    }  # fmt: skip
