"""The live stream of a customer's page."""

import uuid

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from crm.hub import stream
from crm.privacy.access import followable_customers, requires
from crm.privacy.roles import SEES_CUSTOMERS
from crm.profile.record import standing_customer


@requires(*SEES_CUSTOMERS)
async def live(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Server-sent events: `news` whenever something happened to a customer."""
    return stream(str(await sync_to_async(visible_id)(request, public_id)))


def visible_id(request: HttpRequest, public_id: uuid.UUID) -> int:
    """The id of the customer that may be watched."""
    born = get_object_or_404(followable_customers(request.user), public_id=public_id)
    return standing_customer(born).pk
