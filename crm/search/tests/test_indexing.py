"""Search documents: rebuilt from name traits, the same whatever order they came in."""

import random
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.identity.resolving import enrol
from crm.profile.asserting import Asserted, assert_traits
from crm.profile.models import Trait
from crm.search.indexing import index_names
from crm.search.models import SearchName, Spelling
from crm.search.spelling import attempts, lexemes, nearest, spellings
from crm.search.tests.people import NOON, key, person, shop


def tables() -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    documents = SearchName.objects.order_by("identifier__value").values_list("names", "document")
    return list(documents), set(Spelling.objects.values_list("spelling", "token"))


@pytest.mark.django_db
def test_the_order_of_names_does_not_matter() -> None:
    anna, said = key("email", "anna@example.com"), [
        ("given_name", "Anna"), ("given_name", "Ann"), ("surname", "Whitfield"), ("full_name", "Anna Whitfield-Jones"),
    ]  # fmt: skip
    seen = []
    for seed in range(4):
        SearchName.objects.all().delete(), Spelling.objects.all().delete(), Trait.objects.all().delete()
        identifier = enrol({anna})[anna].id
        random.Random(seed).shuffle(said)
        for name, value in said:
            assert_traits([Asserted(identifier, shop().pk, name, value, NOON)])
            index_names([identifier])
        seen.append(tables())
    assert seen == [seen[0]] * 4
    assert seen[0][0][0][0] == "Anna Whitfield-Jones\nAnn Whitfield\nAnna Whitfield"


@pytest.mark.django_db
def test_indexing_again_changes_nothing_in_three_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(8):
        person(("email", f"person{n}@example.com"), full_name=f"Person Number{chr(97 + n)}")
    before, identifiers = tables(), list(SearchName.objects.values_list("pk", flat=True))
    statements: list[Any] = []
    execute = psycopg.Cursor.execute

    def note(self: Any, *given: Any, **options: Any) -> Any:
        statements.append(given[0])
        return execute(self, *given, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    index_names(identifiers)
    assert len(statements) == 3
    assert tables() == before


@pytest.mark.django_db
def test_who_has_no_name_any_more_is_found_by_none() -> None:
    person(("email", "anna@example.com"), full_name="Anna Whitfield")
    identifier = SearchName.objects.get().pk
    Trait.objects.all().delete()
    index_names([identifier])
    assert not SearchName.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["x" * 1000, "'\"\\ %s &|!", "王小明", "O’Neill-O'Brien", "1234", "- -", "ab " * 300])
def test_odd_names_are_taken(name: str) -> None:
    person(("email", "odd@example.com"), full_name=name)
    assert SearchName.objects.get().names == name.strip()


def slip(word: str, at: int, what: str) -> str:
    """A word with one typing slip: a letter left out, doubled, wrong, or in the next one's place."""
    at %= len(word)
    return {
        "left out": word[:at] + word[at + 1 :],
        "doubled": word[:at] + word[at] + word[at:],
        "wrong": word[:at] + ("q" if word[at] != "q" else "z") + word[at + 1 :],
        "swapped": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    }[what]


SLIPS = st.sampled_from(["left out", "doubled", "wrong", "swapped"])


@given(st.text("abcdehlmnorst", min_size=4, max_size=12), st.integers(0, 11), SLIPS)
def test_one_slip_always_leads_back_to_the_word(word: str, at: int, what: str) -> None:
    wrong = slip(word, at, what)
    assert attempts(wrong) & spellings(word)
    assert nearest(wrong, [word], 1) == [word]


@given(st.text(max_size=80))
def test_tokens_hold_letters_only(name: str) -> None:
    assert all(token.isalpha() and len(token) <= 60 for token in lexemes(name))
