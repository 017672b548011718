"""The page of restrictions on one customer."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.privacy.access import requires
from crm.privacy.marking.pages import Ways, mark_page
from crm.privacy.restricting.acts import lift, restrict
from crm.privacy.restricting.models import Restriction
from crm.privacy.roles import HANDLES_REQUESTS, OVERSEES

WAYS = Ways(
    Restriction, restrict, lift, HANDLES_REQUESTS, "restriction", "crm/restriction.html",
    is_put="It is restricted until that is lifted.", is_lifted="It is lifted.",
)  # fmt: skip


@requires(*OVERSEES, writers=HANDLES_REQUESTS)
@require_http_methods(["GET", "POST"])
@never_cache
def restriction(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whether the processing of a customer is restricted; `act` is put or lift."""
    return mark_page(request, public_id, WAYS)
