"""The rules of survivorship: their order, types, and the words in which a choice is explained."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.profile.fields import Field, FieldType, flaw
from crm.profile.golden import Assertion, judge, survive
from crm.profile.rules import DEFAULT, ORDER, Rule, Rules, read_rules

AT = datetime(2026, 11, 3, tzinfo=UTC)


def said(value: str, source: str = "web", *, days: int = 0, name: str = "city", **more: Any) -> Assertion:
    return Assertion(name, value, source, more.pop("trusted", False), AT + timedelta(days=days), source, **more)


def shown(*assertions: Assertion, rules: Rules = DEFAULT) -> tuple[str, str]:
    """The value that shows, and why."""
    [field] = survive(assertions, rules).values()
    return field.value, field.why


def test_each_rule_decides_where_those_before_it_do_not() -> None:
    old, new = said("Bath", "desk"), said("Bristol", days=9)
    assert shown(old, new) == ("Bristol", "most recent")
    assert shown(said("Bath", "desk", trusted=True), new) == ("Bath", "desk ranks above web")
    assert shown(said("Bath", "Staff", is_staff=True), said("Bristol", trusted=True)) == ("Bath", "said by staff")
    checked = said("Bath", "desk", is_verified=True)
    assert shown(checked, said("Bristol", "Staff", is_staff=True, days=9)) == ("Bath", "verified by desk")
    assert shown(said("Bath", days=1), said("Bristol", days=1, is_verified=False), said("Bath", "desk")) == (
        "Bath",
        "said most often",
    )


def test_why_also_says_that_the_value_was_checked() -> None:
    pair = said("Bath", "helpdesk", days=1, is_verified=True), said("Bristol", "helpdesk", is_verified=True)
    assert shown(*pair) == ("Bath", "most recent; verified by helpdesk")
    assert shown(said("Bath")) == ("Bath", "the only value")


def test_a_field_has_an_order_of_its_own_and_sources_have_ranks() -> None:
    new, old = said("Bristol", days=9), [said("Bath", days=day, source=f"s{day}") for day in (1, 2)]
    frequent = DEFAULT.with_order("city", sorted(ORDER, key=lambda rule: rule != Rule.FREQUENT))
    assert shown(new, *old) == ("Bristol", "most recent")
    assert shown(new, *old, rules=frequent) == ("Bath", "said most often")
    assert shown(new, *old, rules=DEFAULT.with_sources(["s1"])) == ("Bath", "s1 ranks above web")
    assert frequent.with_order("city", ORDER).orders == {}


def test_a_value_that_does_not_fit_is_kept_and_never_wins() -> None:
    fits, off = said("1986-11-29", name="date_of_birth"), said("29/11/1986", days=9, name="date_of_birth")
    field = survive([fits, off])["date_of_birth"]
    assert (field.value, field.why) == ("1986-11-29", "the only value that fits")
    assert [(one.value, one.flaw) for one in field.others] == [("29/11/1986", "not a date such as 1986-11-29")]
    assert survive([off]) == {}
    assert [one.value for one in judge([off]).unfit["date_of_birth"]] == ["29/11/1986"]


@pytest.mark.parametrize(
    ("kind", "fit", "off"),
    [
        (FieldType.NUMBER, "12.5", "a dozen"),
        (FieldType.NUMBER, "-3", "nan"),
        (FieldType.DATE, "2026-02-28", "2026-02-30"),
        (FieldType.YES_NO, "Yes", "perhaps"),
        (FieldType.CHOICE, " GOLD", "tin"),
        (FieldType.EMAIL, "anna@example.com", "anna at example"),
        (FieldType.PHONE, "07700 900142", "ask her"),
    ],
)
def test_a_field_takes_what_its_type_says(kind: FieldType, fit: str, off: str) -> None:
    field = Field("tier", "Tier", kind, ("gold", "silver"))
    assert flaw(field, fit) == ""
    assert flaw(field, off)


ORDERS = st.permutations(ORDER).map(tuple)
RULES = st.builds(
    Rules,
    order=ORDERS,
    orders=st.dictionaries(st.sampled_from(["city", "tier"]), ORDERS),
    sources=st.permutations(["web", "desk"]).map(tuple),
    fields=st.sampled_from([{}, {"tier": Field("tier", "Tier", FieldType.CHOICE, ("gold",))}]),
)
ASSERTIONS = st.builds(
    said, st.sampled_from(["Bath", "BATH", "gold", "tin"]), st.sampled_from(["web", "desk"]),
    days=st.integers(0, 2), name=st.sampled_from(["city", "tier"]), is_staff=st.booleans(), is_verified=st.booleans(),
)  # fmt: skip


@given(RULES)
def test_rules_are_kept_as_they_are(rules: Rules) -> None:
    assert read_rules(rules.content) == rules


@given(RULES, st.lists(ASSERTIONS, max_size=6).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_whatever_the_rules_the_order_does_not_matter_and_no_value_is_lost(
    rules: Rules, orders: tuple[list[Assertion], list[Assertion]]
) -> None:
    golden, nothing_fits = judge(orders[0], rules)
    assert (golden, nothing_fits) == judge(orders[1], rules)
    kept = {a for field in golden.values() for a in (field.shown, *field.agreeing, *field.others)}
    kept |= {a for values in nothing_fits.values() for a in values}
    assert {(a.name, a.value.casefold()) for a in kept} == {(a.name, a.value.casefold()) for a in orders[0]}
    assert not any(field.shown.flaw for field in golden.values())
