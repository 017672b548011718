"""The page of legal holds on one customer."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.privacy.access import requires
from crm.privacy.holding.acts import lift, put
from crm.privacy.holding.models import LegalHold
from crm.privacy.marking.pages import Ways, mark_page
from crm.privacy.roles import HOLDS, OVERSEES

WAYS = Ways(
    LegalHold, put, lift, HOLDS, "legal-hold", "crm/holding.html",
    is_put="Nothing of them goes until it is lifted.", is_lifted="The hold is lifted.",
)  # fmt: skip


@requires(*OVERSEES, writers=HOLDS)
@require_http_methods(["GET", "POST"])
@never_cache
def legal_hold(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whether a hold stands on a customer; `act` is put or lift."""
    return mark_page(request, public_id, WAYS)
