"""The demonstration data, loaded through the real doors."""

import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django.plugin import DjangoDbBlocker

from crm.identity.models import Customer, Identifier
from crm.matching.models import Review
from crm.privacy.models import Consent
from crm.privacy.tests.signing import signed_in
from crm.profile.models import Trait
from crm.search.models import Reference
from crm.sources.models import Source
from integrations.demo import hero
from integrations.demo.casting import units, worth_opening
from integrations.demo.groups import couple, household, switchboard, twins
from integrations.demo.letters import SOCIAL, WEB
from integrations.demo.loading import UNFINISHED, is_unfinished
from integrations.demo.people import Person
from integrations.demo.stories import mover
from integrations.inbox.models import FailedDelivery
from integrations.inbox.reconciling import balances
from journeys.attribution.models import Touchpoint
from journeys.calls.models import Queue
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db


def demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", "--customers", "40", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def printed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Forty customers, loaded once for all tests of this module; what the command printed."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("integrations.inbox.door.hint", lambda: None)
        patch.setattr("integrations.management.commands.demo.MANY", 1)  # with the second process
        told = demo()
        patch.setattr("integrations.management.commands.demo.MANY", 1000)
        yield told
        call_command("flush", "--no-input", verbosity=0)


def people_of(story: object) -> list[Person]:
    return next(unit.people for unit in units(40, 7) if unit.role.story is story)


def identifier(value: str) -> Identifier:
    return Identifier.objects.get(value=value)


def logins(people: list[Person]) -> set[int]:
    """The customers whose login ids these are."""
    found = Identifier.objects.filter(kind="login", value__in=[person.login for person in people])
    assert found.count() == len(people)
    return {login.customer_id for login in found}


def test_every_source_reconciles_and_nothing_failed() -> None:
    for balance in balances():
        assert (balance.difference, balance.failed, balance.rejected, balance.pending) == (0, 0, 0, 0)
        assert balance.recorded > 10
    assert not FailedDelivery.objects.exists()


def test_the_hero_is_one_customer_on_every_channel() -> None:
    anna = identifier(hero.EMAIL).customer
    assert set(Interaction.objects.filter(identifier__customer=anna).values_list("channel", flat=True)) == {
        "web", "call", "email", "social",
    }  # fmt: skip
    kinds = sorted(anna.identifiers.values_list("kind", flat=True))
    assert kinds == ["cookie", "cookie", "email", "handle", "login", "phone"]
    assert identifier("+447700900142").customer == anna


def test_the_heros_journey_ends_at_the_quote() -> None:
    anna = identifier(hero.EMAIL).customer
    pages = Interaction.objects.filter(identifier__customer=anna, kind="page").order_by("-occurred_at")
    assert pages[0].title == "Quote, 2 adults, 14–28 February, £3,180"
    call = Interaction.objects.get(identifier__customer=anna, channel="call")
    assert call.data["duration"] == 372
    assert "my husband decides on Sunday" in call.body


def test_the_households_landline_is_shared_and_joins_nobody() -> None:
    landline = identifier(hero.HOME)
    assert landline.shared == "contradiction"
    assert landline.customer not in {identifier(hero.EMAIL).customer, identifier(hero.TOMS).customer}
    assert identifier(hero.EMAIL).customer != identifier(hero.TOMS).customer
    home = people_of(household)
    assert len(logins(home)) == 2
    assert identifier(home[0].home).is_shared


def test_the_couples_inbox_is_shared_and_joins_nobody() -> None:
    people = people_of(couple)
    inbox = Identifier.objects.get(kind="email", value__startswith=f"{people[0].surname.lower()}s{people[0].index}@")
    assert inbox.is_shared
    assert len(logins(people) | {inbox.customer_id}) == 3


def test_a_switchboard_is_shared_by_count() -> None:
    people = people_of(switchboard)
    assert identifier(people[0].home).shared == "count"
    assert len(logins(people)) == 16


def test_misspelt_duplicates_stay_apart() -> None:
    first, second = people_of(twins)
    assert len(logins([first, second])) == 2
    ids = [first.login, second.login]
    told = Trait.objects.filter(identifier__kind="login", identifier__value__in=ids)
    assert set(told.filter(name="date_of_birth").values_list("value", flat=True)) == {first.born.isoformat()}
    assert set(told.filter(name="given_name").values_list("value", flat=True)) == {first.given}
    assert told.filter(name="surname").values("value").distinct().count() == 2


def test_what_is_asked_of_people_is_ranked_by_what_goes_on() -> None:
    assert Review.objects.filter(state="open", traffic__gt=0).exists()


def test_a_changed_number_is_the_same_customers() -> None:
    (person,) = people_of(mover)
    customer = identifier(person.phone).customer
    assert customer.identifiers.filter(kind="phone").count() == 2
    assert Interaction.objects.filter(identifier__customer=customer, kind="number_changed").count() == 1
    assert Interaction.objects.filter(identifier__customer=customer, channel="call").exists()


def test_some_stay_anonymous_and_some_withhold_their_number() -> None:
    customers = Customer.objects.exclude(identifiers=None)
    assert customers.exclude(identifiers__kind__in=["login", "email", "phone", "handle"]).exists()


def test_consents_were_given_and_withdrawn() -> None:
    assert set(Consent.objects.values_list("state", flat=True)) == {"given", "withdrawn"}


def test_calls_have_transcripts_recordings_and_agents() -> None:
    calls = Interaction.objects.filter(channel="call")
    assert {"answered", "missed"} <= set(calls.values_list("data__outcome", flat=True))
    assert calls.filter(data__agent__startswith="client:", body__contains="Northstar").exists()
    assert calls.filter(data__recordings__0__duration__gt=0).exists()


def test_customers_are_found_by_their_orders_and_tickets() -> None:
    agent = signed_in("agent")
    for kind in ("order", "ticket"):
        reference = Reference.objects.filter(kind=kind).select_related("identifier__customer").first()
        assert reference
        found = agent.get("/customers/", {"q": f"{kind} {reference.value}"}).content.decode()
        assert str(reference.identifier.customer.public_id) in found


def test_the_command_says_what_to_open_and_how_much_there_is(printed: str) -> None:
    for worth in worth_opening(7):
        assert f": {worth.reason}\n    /customers/{identifier(worth.email).customer.public_id}/\n" in printed
    assert "  Anna Whitfield: " in printed
    assert f"{Interaction.objects.count():,} interactions, 0 failed deliveries" in printed


def test_the_same_seed_again_adds_nothing() -> None:
    before = Interaction.objects.count(), Identifier.objects.count(), Consent.objects.count()
    demo()
    assert (Interaction.objects.count(), Identifier.objects.count(), Consent.objects.count()) == before
    assert all(balance.difference == 0 for balance in balances())


def test_if_empty_leaves_what_is_there_alone() -> None:
    before = Interaction.objects.count()
    assert demo("--if-empty").startswith("Worth opening first:\n  Anna Whitfield: ")
    assert Interaction.objects.count() == before
    assert Interaction.objects.filter(source__name=SOCIAL).exists()


def test_if_empty_completes_what_was_interrupted() -> None:
    Source.objects.filter(name=WEB).update(settings=UNFINISHED)
    before = Interaction.objects.count()
    assert "Worth opening first" in demo("--if-empty")
    assert Interaction.objects.count() == before
    assert not is_unfinished()


def test_more_customers_than_there_are_numbers_are_refused() -> None:
    with pytest.raises(CommandError, match="8000"):
        call_command("demo", "--customers", "8001")


def test_last_weeks_calls_say_what_the_rule_in_shadow_would_change() -> None:
    admin = signed_in("admin")
    told = " ".join(admin.get("/routing/shadow/").content.decode().split())
    assert re.search(r"Of [1-9]\d* calls? since", told)
    assert "Calls often" in admin.get("/routing/").content.decode()


def test_a_marketer_sees_what_campaigns_cost_and_which_queues_were_rung() -> None:
    marketer = signed_in("marketer")
    assert "ROAS" in marketer.get("/attribution/", {"dimension": "campaign"}).content.decode()
    queues = set(Touchpoint.objects.filter(channel="call").values_list("queue", flat=True))
    assert queues & set(Queue.objects.values_list("name", flat=True))
