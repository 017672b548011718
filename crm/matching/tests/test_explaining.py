"""Why a pair weighs what it does: steps that sum to what the policy decides by, and a sentence for people."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.matching.explaining import explain, explain_all
from crm.matching.live import match_due
from crm.matching.models import Profile, Review, ScoredPair, TrainedModel
from crm.matching.policy import Flags, Rules, guarded_weight, taken_off
from crm.matching.records import Record, features
from crm.matching.scoring import score
from crm.matching.tests.factories import (
    ELIZABETH,
    LIZ,
    identifier,
    model,
    person,
    profiled,
    review,
    trained,
    two_marshes,
)  # fmt: skip
from crm.matching.tests.people import current_model, email, login, phone, record, tell
from crm.matching.tests.people import source as made_source
from crm.matching.verdicts import Reason, Verdict
from crm.matching.waterfall import Agreement, Fall, fall
from crm.matching.weighing import PairScores

MODEL = model()
RULES = Rules(MODEL.strengths, MODEL.prior_weight)
HOUSE = {"surname": "Whitfield", "street": "12 Quay Street", "city": "Cardiff", "postcode": "CF10 5BN"}
VALUES: dict[str, list[str]] = {
    "given_name": ["Anna", "Ana", "Tom", "Thomas", "A"],
    "surname": ["Whitfield", "Whitfeld", "Smith"],
    "date_of_birth": ["1984-05-04", "1984-05-05", "1970-01-02"],
    "email": ["anna.whitfield@example.com", "anna.whitfield@mail.example", "annawhitfeld@example.com"],
    "phone": ["+447700900142", "+447700900143", "+442920180142"],
    "street": ["12 Quay Street", "12 Quay St", "3 Mill Lane"],
    "city": ["Cardiff", "Bristol"],
    "postcode": ["CF10 5BN", "CF10 5BM", "BS1 1AA"],
}
RECORDS = st.fixed_dictionaries(
    {}, optional={field: st.lists(st.sampled_from(own), max_size=2).map(tuple) for field, own in VALUES.items()}
)
CONTACTS = ("email", "phone")
FLAGS = st.fixed_dictionaries({kind: st.sampled_from(["", "shared", "crowded"]) for kind in CONTACTS})


def single(a: Record, b: Record) -> PairScores:
    """One pair in columns, as the policy reads it."""
    found = score(MODEL, features(a), features(b))
    levels = {name: np.array([level], dtype=np.int8) for name, level in found.levels.items()}
    ends = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    return PairScores(*ends, np.array([found.weight]), levels)


def flags(shared: Mapping[str, str]) -> tuple[dict[str, Flags], dict[str, Flags]]:
    return (
        {kind: np.array([shared.get(kind, "") != ""]) for kind in CONTACTS},
        {kind: np.array([shared.get(kind, "") == "crowded"]) for kind in CONTACTS},
    )


def fallen(a: Record, b: Record, **shared: str) -> Fall:
    """A pair's weight, taken apart; some of what both have may be shared."""
    taken = taken_off(single(a, b), RULES, *flags(shared))
    return fall(MODEL, features(a), features(b), {name: float(less[0]) for name, less in taken.items()})


def one_each(told: Mapping[str, str]) -> Record:
    return {field: (value,) for field, value in told.items()}


@given(RECORDS, RECORDS, FLAGS)
def test_the_steps_sum_to_what_the_policy_decides_by(a: Record, b: Record, shared: dict[str, str]) -> None:
    found = fallen(a, b, **shared)
    decided = guarded_weight(single(a, b), RULES, *flags(shared))
    assert found.weight == pytest.approx(float(decided[0]), abs=1e-4)
    assert sum(step.weight for step in found.steps) == pytest.approx(found.weight, abs=1e-9)
    assert found.steps[-1].end == pytest.approx(found.weight, abs=1e-9)


def test_what_a_household_shares_is_taken_off_beyond_its_cap() -> None:
    found = fallen(one_each(HOUSE | {"given_name": "Tom"}), one_each(HOUSE | {"given_name": "Anna"}))
    assert found.steps[-1].words == "What a household shares counts once, up to a cap"
    assert found.steps[-1].weight < -10


def test_a_shared_inbox_adds_nothing_and_says_so() -> None:
    both = one_each({"surname": "Smith", "email": "office@example.com"})
    alone = fallen(both, both)
    shared = fallen(both, both, email="shared")
    assert shared.steps[-1].words == "Several people share this e-mail"
    assert shared.weight == pytest.approx(alone.weight + shared.steps[-1].weight)


def test_an_address_that_only_echoes_the_name_is_capped() -> None:
    mine = one_each({"given_name": "Anna", "email": "anna.whitfield@example.com"})
    others = one_each({"given_name": "Anna", "email": "anna.whitfield@mail.example"})
    assert fallen(mine, others).steps[-1].words == "The e-mail address only echoes the name"


def test_a_rare_value_weighs_more_and_says_how_rare() -> None:
    words = {
        name: next(s.words for s in fallen(one, one).steps if s.name == "surname")
        for name, one in (("smith", one_each({"surname": "Smith"})), ("rare", one_each({"surname": "Okonkwo"})))
    }
    assert words == {"smith": "Same surname, 1 in 83", "rare": "Same surname, 1 in 5,000 or rarer"}


def test_fields_agree_nearly_agree_differ_or_are_missing() -> None:
    mine = one_each(LIZ | {"city": "Bristol", "email": "liz@example.com"})
    found = {one.comparison: one for one in fallen(one_each(ELIZABETH), mine).findings}
    said = {name: (found[name].agreement, found[name].how) for name in ("surname", "given_name", "city", "email")}
    assert said == {
        "surname": (Agreement.SAME, "same"),
        "given_name": (Agreement.NEAR, "forms of one name"),
        "city": (Agreement.DIFFERS, "differs"),
        "email": (Agreement.MISSING, "missing"),
    }


@pytest.mark.django_db
def test_a_pair_is_said_in_a_sentence_with_the_values_that_tell() -> None:
    asked = two_marshes()
    found = explain(asked.a, asked.b)
    assert found.sentence == (
        "Born the same day, same surname, phone differs by one digit; given names Elizabeth and Liz."
    )
    assert {row.label: (row.mine, row.others) for row in found.rows}["Born"] == (("4 May 1984",), ("4 May 1984",))


@pytest.mark.django_db
def test_contradictions_are_said_with_both_values() -> None:
    tom = person(given_name="Tom", date_of_birth="1984-05-04", **HOUSE)
    anna = person(full_name="Anna Whitfield", date_of_birth="1981-05-08", **{**HOUSE, "street": "12 Quay St"})
    assert explain(tom, anna).sentence == (
        "Same address, same surname; but given names Tom and Anna differ, born on 4 May 1984 and 8 May 1981."
    )


@pytest.mark.django_db
def test_nothing_in_common_is_said_too() -> None:
    assert explain(person(given_name="Tom"), person(surname="Smith")).sentence == (
        "Nothing that both are known by can be compared."
    )


@pytest.mark.django_db
def test_what_is_explained_is_what_matching_decided_by() -> None:
    current_model()
    told = {"surname": "Whitfield", "street": "12 Quay Street", "city": "Cardiff", "postcode": "CF10 5BN"}
    web, helpdesk = made_source("web"), made_source("helpdesk")
    line, born = phone("+442920180142"), {"date_of_birth": "1984-05-04"}
    tell(login("tom"), web, line, given_name="Tom", **told, **born)
    tell(record("anna"), helpdesk, line, given_name="Anna", **told)
    tell(record("w"), helpdesk, **told)
    tell(record("t"), helpdesk, given_name="Thomas", **told, **born)
    tell(login("liz"), web, email("liz@example.com"), given_name="Liz", surname="Marsh", date_of_birth="1990-01-02")
    tell(record("liz"), helpdesk, email("liz@mail.example"), given_name="Elizabeth", surname="Marsh")
    match_due()
    pairs = list(ScoredPair.objects.select_related("a", "b"))
    assert {pair.verdict for pair in pairs} == {Verdict.JOINED, Verdict.REVIEW}
    assert Reason.HOUSEHOLD in {pair.reason for pair in pairs}
    for pair in pairs:
        found = explain(pair.a, pair.b).fall
        assert found
        assert found.weight == pytest.approx(pair.weight, abs=1e-4)


@pytest.mark.django_db
def test_a_contact_that_several_people_hold_counts_less() -> None:
    line = "+442920180142"
    tom, thomas = (person(phone=line, by=by, given_name="Tom", surname="Whitfield") for by in ("web", "helpdesk"))
    before = explain(tom, thomas).fall
    for name in ("Anna", "Maria", "Sofia", "Grace"):
        person(phone=line, by=name, given_name=name, surname="Whitfield")
    profiled(tom)
    profiled(thomas)
    after = explain(tom, thomas).fall
    assert before
    assert after
    assert after.weight < before.weight


@pytest.mark.django_db
def test_without_a_model_or_a_profile_it_says_why() -> None:
    asked = two_marshes()
    Profile.objects.filter(pk=asked.a_id).delete()
    assert "Nothing that was said of the record can be compared" in explain(asked.a, asked.b).without
    TrainedModel.objects.update(is_current=False)
    assert "manage.py match" in explain(asked.a, asked.b).without


@pytest.mark.django_db
def test_many_pairs_are_explained_in_as_many_statements_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(one.a, one.b) for one in (two_marshes() for _ in range(3))]
    asked, execute = [], psycopg.Cursor.execute

    def counting(cursor: Any, query: Any, *given: Any, **options: Any) -> Any:
        asked.append(query)
        return execute(cursor, query, *given, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    explain_all(pairs[:1])
    of_one = len(asked)
    explained = explain_all(pairs)
    assert len(asked) - of_one == of_one > 2
    assert len({one.sentence for one in explained}) == 1


@pytest.mark.django_db
def test_identifiers_of_which_nothing_was_said_are_no_obstacle() -> None:
    trained()
    a, b = identifier("cookie", "c-1"), identifier("cookie", "c-2")
    asked = review(a, b)
    assert Review.objects.get(pk=asked.pk).probability == 0.67
    assert "browser and the browser" in explain(a, b).without
