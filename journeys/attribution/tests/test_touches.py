"""What is a touch, what brought it, and which group that is in."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.grouping import DEFAULT, content_of, facts_of, group_of, matches, rules_of
from journeys.attribution.touches import NO_MARKS, Hit, Marks, Touch, Visitor, marks_of, referred, touches_of
from journeys.tests.factories import NOON

SITE = "https://www.example.com/winter-sun"
NEWSLETTER = {"source": "newsletter", "medium": "email", "name": "sunday-escapes"}
ADVERT = {"source": "google", "medium": "cpc", "name": "bahamas", "term": "all inclusive"}


def hit(minutes: int, *, by: dict[str, str] | None = None, referrer: str = "", path: str = "/", **clicks: str) -> Hit:
    return Hit(minutes, NOON + timedelta(minutes=minutes), by or {}, clicks, referrer, SITE, path)


def visit(*hits: Hit) -> list[Touch]:
    return list(touches_of((Visitor(1, 2, 3), one) for one in hits))


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "group"),
    [
        ("google", "cpc", "", "Paid Search"),
        ("www.google.co.uk", "cpc", "", "Paid Search"),
        ("google", "cpc", "pmax-cross-network", "Cross-network"),
        ("amazon", "cpc", "", "Paid Shopping"),
        ("google", "ppc", "Christmas shop", "Paid Shopping"),
        ("google", "cpc", "workshops", "Paid Search"),
        ("facebook", "paid-social", "", "Paid Social"),
        ("instagram", "ad", "", "Paid Social"),
        ("youtube", "some-video", "", "Organic Video"),
        ("youtube", "cpc", "", "Paid Video"),
        ("somewhere.example", "banner", "", "Display"),
        ("somewhere.example", "retargeting", "", "Paid Other"),
        ("m.facebook.com", "referral", "", "Organic Social"),
        ("t.co", "referral", "", "Organic Social"),
        ("agency", "social-media", "", "Organic Social"),
        ("vimeo.com", "referral", "", "Organic Video"),
        ("duckduckgo.com", "organic", "", "Organic Search"),
        ("mail.google.com", "referral", "", "Referral"),
        ("newsletter", "E-Mail", "", "Email"),
        ("holidayweigher", "affiliate", "", "Affiliates"),
        ("a-podcast", "audio", "", "Audio"),
        ("sms", "", "", "SMS"),
        ("app", "web-push", "", "Mobile Push"),
        ("somewhere", "otherwise", "", "Unassigned"),
    ],
)
def test_campaigns_are_grouped_as_ga4_does(source: str, medium: str, campaign: str, group: str) -> None:
    assert group_of(facts_of("web", Marks(source, medium, campaign)), DEFAULT) == group


def test_who_comes_from_nowhere_comes_directly_and_callers_and_writers_have_groups_of_their_own() -> None:
    groups = {channel: group_of(facts_of(channel, NO_MARKS), DEFAULT) for channel in ("web", "call", "email", "social")}
    assert groups == {"web": "Direct", "call": "Phone", "email": "Message", "social": "Message"}


def test_the_default_rules_can_be_kept_and_read_again() -> None:
    assert rules_of(content_of(DEFAULT)) == DEFAULT


def test_a_click_id_says_what_the_address_leaves_out() -> None:
    assert marks_of({}, {"gclid": "x"}) == Marks("google", "cpc", click="gclid")
    assert marks_of({"source": "google", "name": "brand"}, {"wbraid": "x"}).medium == "cpc"
    assert marks_of({"source": "newsletter"}, {"fbclid": "x"}) == Marks("newsletter", "", click="fbclid")
    assert marks_of({}, {"fbclid": "x"}) == Marks("facebook", "referral", click="fbclid")


def test_what_no_marketer_may_see_is_in_no_word_and_in_no_landing_page() -> None:
    [touch] = visit(hit(0, by={"source": "mail", "term": "una@example.com"}, path="/hello/una@example.com"))
    assert "una@" not in f"{touch.marks}{touch.landing}"


def test_a_page_of_our_own_refers_nobody() -> None:
    assert referred("https://www.example.com/offers", SITE) == NO_MARKS
    assert referred("https://www.bing.com/search?q=sun", SITE) == Marks("bing.com", "organic")
    assert referred("https://forum.example/thread", SITE) == Marks("forum.example", "referral")
    assert referred("http://[broken", SITE) == NO_MARKS


def test_a_visit_is_one_touch_and_another_when_another_campaign_brings_them_back() -> None:
    found = visit(
        hit(0, by=NEWSLETTER, path="/winter"), hit(1), hit(2, by=NEWSLETTER), hit(9, by=ADVERT, path="/bahamas")
    )
    assert [(touch.interaction, touch.marks.campaign, touch.landing) for touch in found] == [
        (0, "sunday-escapes", "/winter"),
        (9, "bahamas", "/bahamas"),
    ]


def test_a_payment_page_that_sends_them_back_is_no_touch() -> None:
    [touch] = visit(hit(0), hit(5, referrer="https://pay.example/3ds"))
    assert touch.is_direct


WORDS = st.text("ab*", max_size=6)


@given(WORDS, WORDS)
def test_a_star_stands_for_anything(said: str, pattern: str) -> None:
    assert matches(said, pattern) == stands(said, pattern)


def stands(said: str, pattern: str) -> bool:
    """As `matches`, one letter at a time."""
    if not pattern:
        return not said
    if pattern[0] == "*":
        return stands(said, pattern[1:]) or (bool(said) and stands(said[1:], pattern))
    return bool(said) and said[0] == pattern[0] and stands(said[1:], pattern[1:])


CAMPAIGNS: Any = st.lists(st.sampled_from([{}, NEWSLETTER, ADVERT]), min_size=1, max_size=8)


@given(CAMPAIGNS)
def test_hits_that_tell_of_no_campaign_change_nothing_after_the_first(said: list[dict[str, str]]) -> None:
    hits = [hit(minute, by=one) for minute, one in enumerate(said)]
    telling = [one for at, one in enumerate(hits) if at == 0 or one.campaign]
    assert visit(*hits) == visit(*telling)
    marks = [touch.marks for touch in visit(*hits)]
    assert all(one != other for one, other in pairwise(marks))


def test_times_are_those_of_the_hits() -> None:
    [touch] = visit(hit(3))
    assert touch.at == datetime(2026, 11, 3, 12, 3, tzinfo=NOON.tzinfo)
