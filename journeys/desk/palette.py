"""The palette's customers, and whether single letters are shortcuts for somebody."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.privacy.access import requires, roles_of, signed_in
from crm.privacy.roles import HAS_SCREENS, SEES_CUSTOMERS, WORKS
from crm.returning import back
from crm.search.finding import find
from crm.wording import said_as, said_contact
from journeys.desk.models import Habit

MOST = 8


@requires(*SEES_CUSTOMERS)
@require_GET
@never_cache
def find_customers(request: HttpRequest) -> JsonResponse:
    """Customers that fit some words: those at the desk go to it, others to the customer's page."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:200]
    page = "desk-customer" if roles_of(request.user) & WORKS else "customer"
    found = [one.portrait for one in find(words, request.user, MOST)] if words else []
    rows = [
        {"name": said_contact(one.name), "address": reverse(page, args=[one.public_id]),
         "reach": ", ".join(said_as(value, kind) for kind, value in one.contacts[:2]) or "Customer"}
        for one in found
    ]  # fmt: skip
    return JsonResponse({"found": rows})


@requires(*HAS_SCREENS)
@require_POST
def switch_keys(request: HttpRequest) -> HttpResponse:
    """Have single letters as shortcuts, or not; it holds wherever one signs in."""
    habit, _ = Habit.objects.get_or_create(user=signed_in(request))
    habit.has_single_keys = not habit.has_single_keys
    habit.save(update_fields=["has_single_keys"])
    return back(request, "home")
