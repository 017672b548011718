"""What a segment's conditions mean, against a reading of them hour by hour; and that nothing changes unseen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.privacy.permissions import Permission
from journeys.segments.definitions import (
    BadDefinition,
    Condition,
    Consent,
    Count,
    Definition,
    Journey,
    Then,
    Trait,
    read,
    said,
    written,
)
from journeys.segments.meaning import Known, is_in, look_again
from journeys.segments.steps import Step

START = datetime(2026, 11, 1, tzinfo=UTC)
STEPS = [Step("page", "/quote/"), Step("product", "Atlantis"), Step("call"), Step("outcome", "missed")]
HOURS = st.integers(0, 24 * 8)
Hours = dict[Step, set[int]]

step = st.sampled_from(STEPS)
then = st.builds(Then, step, st.booleans(), st.integers(1, 60).map(lambda hours: timedelta(hours=hours)))
journey = st.builds(Journey, step, st.integers(1, 6), st.lists(then, max_size=3).map(tuple))
count = st.builds(Count, step, st.integers(1, 4), st.integers(1, 6))
trait = st.builds(Trait, st.just("city"), st.sampled_from(["is", "is not"]), st.sampled_from(["Cardiff", "Bath"]))
known_trait = st.just(Trait("city", "known"))
consent = st.builds(Consent, st.sampled_from(["marketing", "analytics"]), st.booleans())
condition = st.one_of(journey, journey, count, trait, known_trait, consent)
definition = st.builds(Definition, st.lists(condition, min_size=1, max_size=4).map(tuple), st.booleans())
happened = st.dictionaries(step, st.sets(HOURS, max_size=8))
traits = st.sampled_from([{}, {"city": "Cardiff"}, {"city": " cardiff "}, {"city": "Leeds"}])
permission = st.builds(
    lambda purpose, is_withdrawn, until: Permission(purpose, "email", START, is_withdrawn, "web", until),
    st.sampled_from(["marketing", "analytics"]), st.booleans(), st.none() | HOURS.map(lambda hour: at(hour)),
)  # fmt: skip


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def known(hours: Hours, told: dict[str, str], allowed: list[Permission]) -> Known:
    return Known({one: sorted(map(at, some)) for one, some in hours.items()}, told, allowed)


def brute(one: Condition, hours: Hours, told: dict[str, str], allowed: list[Permission], now: int) -> bool:
    """A condition, read hour by hour."""
    if isinstance(one, Journey):
        firsts = [hour for hour in range(now - 24 * one.days + 1, now + 1) if hour in hours.get(one.first, ())]
        return any(all(brute_then(then, hours, hour, now) for then in one.then) for hour in firsts)
    if isinstance(one, Count):
        return sum(hour in hours.get(one.step, ()) for hour in range(now - 24 * one.days + 1, now + 1)) >= one.least
    if isinstance(one, Trait):
        value = told.get("city", "").strip().lower()
        return {"is": value == one.value.lower(), "is not": value not in ("", one.value.lower()), "known": value != ""}[
            one.test
        ]
    given_ones = [not each.is_withdrawn for each in allowed if each.purpose == one.purpose]
    return any(given_ones) if one.is_given else bool(given_ones) and not any(given_ones)


def brute_then(then: Then, hours: Hours, first: int, now: int) -> bool:
    end = first + int(then.within.total_seconds()) // 3600
    followed = any(hour in hours.get(then.step, ()) for hour in range(first + 1, min(end, now) + 1))
    return followed if then.did else not followed and end <= now


@given(definition, happened, traits, st.lists(permission, max_size=2), HOURS)
def test_conditions_mean_what_is_read_hour_by_hour(
    asked: Definition, hours: Hours, told: dict[str, str], allowed: list[Permission], now: int
) -> None:
    each = [brute(one, hours, told, allowed, now) for one in asked.conditions]
    assert is_in(asked, known(hours, told, allowed), at(now)) == (any(each) if asked.is_any else all(each))


@given(definition, happened, HOURS)
def test_nothing_changes_by_time_before_it_is_looked_at_again(asked: Definition, hours: Hours, now: int) -> None:
    said_of = known(hours, {}, [])
    now_in, again = is_in(asked, said_of, at(now)), look_again(asked, said_of, at(now))
    until = at(24 * 20) if again is None else again
    assert until > at(now)
    for hour in range(now, 24 * 20):
        if at(hour) < until:
            assert is_in(asked, said_of, at(hour)) == now_in


def test_a_consent_that_ends_is_looked_at_then() -> None:
    until = at(5)
    said_of = Known(said=[Permission("marketing", "", START, False, "web", until)])
    assert look_again(Definition((Consent("marketing", True),)), said_of, at(1)) == until


@given(definition)
def test_a_definition_is_read_as_it_was_written(asked: Definition) -> None:
    assert read(written(asked)) == asked


def test_a_definition_is_said_in_words() -> None:
    asked = Journey(
        Step("page", "/quote/"), 30,
        (Then(Step("product", "Atlantis"), False, timedelta(minutes=30)), Then(Step("call"), True, timedelta(days=7))),
    )  # fmt: skip
    words = (
        "looked at /quote/ in the last 30 days, then not: looked at or bought Atlantis, within 30 minutes, "
        "then had a call, within 7 days"
    )
    assert said(Definition((asked,))) == words
    assert said(
        Definition((Count(Step("call"), 3, 7), Trait("city", "is not", "Bath"), Consent("marketing", True)), True)
    ) == ("had a call at least 3 times in the last 7 days; or city is not Bath; or marketing allowed")


STEP = {"what": "page", "value": "/quote/"}


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (None, "ask something"),
        ({"match": "all", "conditions": []}, "ask something"),
        ({"match": "some", "conditions": [{"is": "count"}]}, "match is one of"),
        ({"match": "all", "conditions": ["x"]}, "a condition is one of"),
        ({"match": "all", "conditions": [{"is": "mood"}]}, "a condition is one of"),
        ({"match": "all", "conditions": [{"is": "journey", "first": {"what": "odd"}, "days": 3}]}, "a step is one of"),
        ({"match": "all", "conditions": [{"is": "journey", "first": STEP, "days": 0}]}, "days have to be"),
        ({"match": "all", "conditions": [{"is": "journey", "first": STEP, "days": 3, "then": [3]}]}, "a step that"),
        ({"match": "all", "conditions": [{"is": "count", "step": {"what": "page"}, "least": 1, "days": 1}]}, "say"),
        ({"match": "all", "conditions": [{"is": "count", "step": STEP, "least": "1.5", "days": 1}]}, "times have"),
        (
            {"match": "all", "conditions": [{"is": "count", "step": {"what": "worth", "value": "NaN"}, "days": 1}]},
            "times have",
        ),
        (
            {"match": "all", "conditions": [
                {"is": "count", "step": {"what": "worth", "value": "NaN"}, "least": 1, "days": 1}]},
            "give a number",
        ),
        (
            {"match": "all", "conditions": [
                {"is": "count", "step": {"what": "mood", "value": "odd"}, "least": 1, "days": 1}]},
            "give one of",
        ),
        (
            {"match": "all", "conditions": [
                {"is": "count", "step": {"what": "page", "value": "/a@b.example"}, "least": 1, "days": 1}]},
            "leave e-mail addresses",
        ),
        ({"match": "all", "conditions": [{"is": "trait", "name": "city", "test": "is"}]}, "say what city"),
        ({"match": "all", "conditions": [{"is": "consent"}]}, "has a purpose"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_remedy(content: Any, remedy: str) -> None:
    with pytest.raises(BadDefinition, match=remedy):
        read(content)
