"""Through the inbox into the database: what arrives in any order ends the same."""

from itertools import permutations

import pytest

from crm.identity.models import Identifier
from crm.sources.models import Source
from integrations.inbox.draining import drain_all
from integrations.inbox.models import FailedDelivery
from integrations.inbox.receiving import receive
from integrations.meta.tests.posting import events, fixture
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db
PIECES = ("whatsapp_echo", "whatsapp_statuses", "whatsapp_reaction")


@pytest.fixture
def social() -> Source:
    return Source.objects.create(name="social", adapter="meta", namespace="social", is_trusted=True)


def arrived(social: Source, *names: str) -> None:
    """One delivery after the other, each drained before the next comes."""
    for name in names:
        receive(social, events(fixture(name)))
        drain_all()


@pytest.mark.parametrize("order", list(permutations(PIECES)))
def test_a_message_and_what_became_of_it_is_one_interaction_in_any_order(
    social: Source, order: tuple[str, ...]
) -> None:
    arrived(social, *order, *order)
    interaction = Interaction.objects.get()
    assert (interaction.direction, interaction.body) == ("out", "Your transfer is booked.")
    assert interaction.data["status"] == "read"
    assert len(interaction.data["reactions"]) == 1
    assert interaction.identifier.value == "+16505551234"


def test_a_changed_number_makes_one_customer(social: Source) -> None:
    arrived(social, "whatsapp_text", "whatsapp_number_changed")
    old, new = (Identifier.objects.get(value=value) for value in ("+16505551234", "+12195555358"))
    assert old.customer_id == new.customer_id


def test_what_says_nothing_of_a_customer_is_a_failed_delivery(social: Source) -> None:
    arrived(social, "whatsapp_template_status", "messenger_text")
    assert "unsubscribe from it" in FailedDelivery.objects.get().reason
    assert Interaction.objects.count() == 1
