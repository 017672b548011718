"""The facts that routing asks are there before the call, and follow whoever they are about."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from crm.identity.merging import merge
from crm.identity.models import Identifier
from journeys.calls.conditions import why
from journeys.calls.gathering import Keeper, refresh
from journeys.calls.known import facts_at
from journeys.calls.models import Known
from journeys.interactions.drafts import Seen
from journeys.tests.factories import ANNAS_PHONE, call, customer_of, identify, page, recorded, user

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+447700900142"


def test_what_somebody_looked_at_and_gave_up_is_known_before_they_ring() -> None:
    now = timezone.now()
    browser = Seen("cookie", "c-1")
    recorded([
        identify(now - timedelta(days=5), browser, ANNAS_PHONE),
        page(now - timedelta(days=4), "Bahamas holidays", browser),
        *[page(now - timedelta(minutes=9 - n), "Bahamas holidays", browser) for n in range(3)],
        page(now - timedelta(minutes=2), "Quote, 2 adults", browser, properties={"step": "Quote"}, value=3180),
        call(now - timedelta(days=1), agent="Ana R."),
    ])  # fmt: skip
    refresh([customer_of("phone", PHONE).pk], [])
    facts = facts_at(Known.objects.get().facts, now)
    assert (facts["pages"]["bahamas"], facts["pages_in_all"]) == (3, 4)
    assert (facts["abandoned"], facts["value"], facts["last_agent"], facts["calls"]) == ("Quote", 3180, "Ana R.", 2)
    assert "abandoned" not in facts_at(Known.objects.get().facts, now + timedelta(days=8))
    assert facts_at(Known.objects.get().facts, now + timedelta(days=5))["pages"] == {}


def test_who_cannot_ring_is_not_kept_unless_their_site_has_numbers() -> None:
    recorded([page(timezone.now(), "Bahamas", Seen("cookie", "c-1"))])
    visitor = customer_of("cookie", "c-1")
    assert refresh([visitor.pk], []) == 0
    assert refresh([visitor.pk], [Identifier.objects.get().namespace]) == 1


@pytest.mark.parametrize(("said", "spoken"), [("Welsh", "cy"), ("EN_gb", "en-GB"), ("whatever you like", None)])
def test_the_language_of_a_caller_is_its_tag_and_what_is_none_is_not_known(said: str, spoken: str | None) -> None:
    recorded([identify(timezone.now(), ANNAS_PHONE, language=said)])
    refresh([customer_of("phone", PHONE).pk], [])
    facts = facts_at(Known.objects.get().facts, timezone.now())
    assert facts.get("language") == spoken
    asked = {"fact": "language", "is": "is", "value": said}
    assert bool(why([asked], facts)) == (spoken is not None)


def test_whoever_did_something_or_was_merged_is_gathered_anew() -> None:
    keeper = Keeper()
    try:
        assert keeper.keep(5, []) == 0
        now = timezone.now()
        recorded([call(now), page(now, "Bahamas", Seen("cookie", "c-1"))])
        assert kept_once_heard(keeper) == 1
        assert facts_at(Known.objects.get().facts, now)["pages_in_all"] == 0
        merge(customer_of("phone", PHONE), customer_of("cookie", "c-1"), user("admin"))
        assert kept_once_heard(keeper)
        standing = Known.objects.get(customer=customer_of("phone", PHONE))
        assert facts_at(standing.facts, now)["pages_in_all"] == 1
        assert keeper.keep(5, []) == 0
    finally:
        keeper.close()


def kept_once_heard(keeper: Keeper) -> int:
    """How many were gathered once the news arrived: PostgreSQL hands it on a moment after the commit."""
    ends_at = time.monotonic() + 5
    while not (count := keeper.keep(5, [])) and time.monotonic() < ends_at:
        time.sleep(0.02)
    return count
