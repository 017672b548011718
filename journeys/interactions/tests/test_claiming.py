"""A shared line's call is claimed for one of those who use it, before or after it is recorded, and given back."""

from datetime import timedelta

import pytest

from crm.identity.models import Identifier
from crm.sources.models import Source
from journeys.interactions import claiming
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.models import Claim, Interaction
from journeys.tests.factories import ANNAS_LOGIN, LANDLINE, NOON, annas_journey, call, recorded, source, user

pytestmark = pytest.mark.django_db
PHONES = "phone line"


def part(name: str, minutes: int = 0, *seen: Seen, **data: object) -> Draft:
    at = NOON + timedelta(minutes=minutes)
    return Draft("CA-shared", Channel.CALL, "call", at, seen, "in", "Call in", part=name, data=data)


def ring() -> None:
    recorded([part("ringing", 0, LANDLINE, status="ringing")], source(PHONES))


def end() -> None:
    recorded([part("ended", 4, status="completed", duration=240)], source(PHONES))


def anna() -> Identifier:
    annas_journey()
    return Identifier.objects.get(kind=ANNAS_LOGIN.kind, value=ANNAS_LOGIN.value)


def line() -> Identifier:
    return Identifier.objects.get(kind="phone", value="+442920180142")


def the_call() -> Interaction:
    return Interaction.objects.get(key="CA-shared")


def phones() -> Source:
    return Source.objects.get(name=PHONES)


def test_a_claimed_call_is_the_customers_and_the_line_stays_shared() -> None:
    hers = anna()
    ring()
    assert the_call().identifier == line()
    claiming.claim(phones(), "CA-shared", hers, user())
    said = the_call()
    assert (said.identifier, said.via) == (hers, line())
    assert line().is_shared


def test_a_later_part_of_a_claimed_call_folds_into_it() -> None:
    hers = anna()
    ring()
    claiming.claim(phones(), "CA-shared", hers, user())
    end()
    said = the_call()
    assert (said.identifier, said.via, said.data["duration"]) == (hers, line(), 240)


def test_a_call_that_is_recorded_after_its_claim_is_the_customers() -> None:
    hers = anna()
    claiming.claim(phones(), "CA-shared", hers, user())
    ring()
    end()
    said = the_call()
    assert (said.identifier, said.via, said.data["duration"]) == (hers, line(), 240)


def test_a_call_that_comes_whole_after_its_claim_is_the_customers() -> None:
    hers = anna()
    claiming.claim(phones(), "CA-whole", hers, user())
    recorded([call(NOON, LANDLINE, key="CA-whole")], phones())
    said = Interaction.objects.get(key="CA-whole")
    assert (said.identifier, said.via) == (hers, line())


def test_a_claim_that_is_taken_back_leaves_the_call_with_its_line() -> None:
    hers, agent = anna(), user()
    ring()
    claimed = claiming.claim(phones(), "CA-shared", hers, agent)
    end()
    assert claiming.take_back(claimed, agent)
    assert not claiming.take_back(claimed, agent)
    said = the_call()
    assert (said.identifier, said.via, said.data["duration"]) == (line(), None, 240)
    end()
    assert the_call().identifier == line()
    assert Claim.objects.get().withdrawn_by == agent


def test_another_claim_takes_the_place_of_the_first_and_both_stay_on_record() -> None:
    hers, agent = anna(), user()
    tom = Identifier.objects.get(kind="login", value="4712")
    ring()
    claiming.claim(phones(), "CA-shared", tom, agent)
    claiming.claim(phones(), "CA-shared", hers, agent)
    assert the_call().identifier == hers
    assert the_call().via == line()
    assert list(Claim.objects.order_by("pk").values_list("identifier", "withdrawn_by")) == [
        (tom.pk, agent.pk),
        (hers.pk, None),
    ]


def test_the_same_part_again_after_a_claim_changes_nothing() -> None:
    hers = anna()
    ring()
    claiming.claim(phones(), "CA-shared", hers, user())
    ring()
    assert Interaction.objects.filter(key="CA-shared").count() == 1
    assert the_call().identifier == hers
