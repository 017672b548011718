"""Answering an objection (GDPR, article 21): what we did for our own interest is withdrawn, and marketing anyhow."""

from django.contrib.auth.models import User
from django.db import transaction

from crm.errors import RequestRefused
from crm.identity.models import Customer, Identifier
from crm.privacy.consenting import Told, note_by_hand
from crm.privacy.models import Basis, Consent
from crm.privacy.requesting.handling import held_open
from crm.privacy.requesting.models import RightsRequest
from crm.profile.record import standing_id

MARKETING = "marketing"


@transaction.atomic
def object_for(request: RightsRequest, user: User) -> list[str]:
    """Withdraw what rests on our legitimate interest, and marketing; returns what that was. Raises RequestRefused."""
    held = held_open(request)
    public_id = standing_id(held.customer_id)
    if held.kind != RightsRequest.Kind.OBJECT or public_id is None:
        raise RequestRefused("there is nobody who objects")
    customer = Customer.objects.get(public_id=public_id)
    withdrawn = sorted(resting_on_interest(customer) | {(MARKETING, "")})
    for purpose, channel in withdrawn:
        said = f"They objected: request {held.public_id}"
        note_by_hand(customer, Told(purpose, channel, is_given=False, evidence=said, basis=Basis.INTEREST), user)
    return [f"{purpose} {channel}".strip() for purpose, channel in withdrawn]


def resting_on_interest(customer: Customer) -> set[tuple[str, str]]:
    """The purposes and channels that were ever said to rest on our legitimate interest."""
    identifiers = Identifier.objects.filter(customer=customer).values("pk")
    said = Consent.objects.filter(identifier__in=identifiers, basis=Basis.INTEREST, state=Consent.State.GIVEN)
    return set(said.values_list("purpose", "channel"))
