"""Finding customers: by whatever an agent has at hand, in bounded work."""

from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from crm.search.finding import Found, find
from crm.search.tests.people import agent, person
from crm.sql import cursor

pytestmark = pytest.mark.django_db


def found(query: str, limit: int = 20) -> list[int]:
    return [one.customer_id for one in find(query, agent(), limit)]


@pytest.fixture
def anna() -> int:
    return person(
        ("email", "anna.whitfield@example.com"), ("phone", "+447700900142"), ("login", "u-4711"),
        order="hb-20417", given_name="Anna", surname="Whitfield",
    )  # fmt: skip


@pytest.fixture
def others(anna: int) -> list[int]:
    """People who are easily taken for Anna."""
    return [
        person(("email", "tom.whitfield@example.com"), ("phone", "+447700900555"), full_name="Tom Whitfield"),
        person(("email", "anna@example.org"), order="HB-20500", given_name="Anna", surname="Whitman"),
        person(("email", "liz@example.org"), given_name="Elizabeth", surname="O’Brien"),
        person(("phone", "+4930123456789"), full_name="Müller, Jürgen"),
    ]


ADDRESSES = ["anna.whitfield@example.com", " Anna.Whitfield@Example.COM ", "anna.whitfield@", "anna.wh"]
NUMBERS = [
    "+447700900142", "07700 900142", "07700900142", "+44 (0)7700 900 142", "0044 7700 900142", "tel:+447700900142",
    "(07700) 900-142", "07700.900.142", "7700900142", "0770 0900 14", "+44 770 090 014", "900142", "0142",
]  # fmt: skip
REFERENCES = [
    "HB-20417", "hb-20417", "hb-204", "u-4711", "u-47", "U-4711", "HB20417", "hb 20417", "hb/20417", "HB 204", "20417",
    "2041", "#20417", "order HB-20417", "Order: 20417", "booking no. hb-20417", "[#HB-20417]", "order #20417",
]  # fmt: skip
NAMES = [
    "Anna Whitfield", "anna whitfield", "Whitfield, Anna", "whitfield anna", "Mrs Anna Whitfield", "anna whitf",
    "a whitfield", "ÁNNA WHITFIELD",
]  # fmt: skip
MISSPELT = ["Ana Whitfield", "anna witfield", "anna whitfeild", "Anna Wihtfield", "ana whitfeild", "Annie Whitfield"]


@pytest.mark.parametrize("query", [*ADDRESSES, *NUMBERS, *REFERENCES, *NAMES, *MISSPELT])
def test_anna_is_found_first_by_whatever_is_at_hand(anna: int, others: list[int], query: str) -> None:
    assert found(query)[:1] == [anna]


def test_a_number_is_found_by_its_national_notation_abroad(others: list[int]) -> None:
    assert found("030 123456789") == [others[3]]


@pytest.mark.parametrize("query", ["obrien", "O'Brien", "o brien", "Liz O'Brien", "elisabeth obrien", "lizzie obr"])
def test_an_apostrophe_a_short_form_and_a_slip_find_elizabeth(others: list[int], query: str) -> None:
    assert found(query)[:1] == [others[2]]


@pytest.mark.parametrize("query", ["Jürgen Müller", "jurgen muller", "Jurgen Mueller", "müll"])
def test_accents_do_not_matter(others: list[int], query: str) -> None:
    assert found(query) == [others[3]]


def test_every_word_must_be_in_the_name(anna: int, others: list[int]) -> None:
    assert found("Tom Whitman") == []


def test_whole_names_come_before_beginnings_and_beginnings_before_misspellings() -> None:
    misspelt = person(("email", "mary1@example.org"), full_name="Mary Jonse")
    longer = person(("email", "mary2@example.org"), full_name="Mary Jones-Smith")
    begun = person(("email", "mary3@example.org"), full_name="Mary Jonesborough")
    whole = person(("email", "mary4@example.org"), full_name="Mary Jones")
    assert found("mary jones") == [whole, longer, begun]
    assert found("mary jonse")[:2] == [misspelt, whole]


def test_a_customer_is_found_once_however_much_of_them_matches(anna: int) -> None:
    matches = find("anna", agent())
    assert [(one.customer_id, one.name) for one in matches] == [(anna, "Anna Whitfield")]
    assert matches[0].contact == ["anna.whitfield@example.com", "+447700900142"]


def test_what_matched_is_said(anna: int) -> None:
    def matched(query: str) -> tuple[str, str]:
        one: Found = find(query, agent())[0]
        return one.matched

    assert matched("07700 900142") == ("phone", "+447700900142")
    assert matched("hb-204") == matched("20417") == ("order", "HB-20417")
    assert matched("wihtfield") == ("name", "Anna Whitfield")


@pytest.mark.parametrize(
    "query", ["", "  ", "\0", "%", "_", "@", "*", "'", "&|!:*()", "'; --", "\\", "x" * 5000, "٣", "\ud800"]
)
def test_odd_texts_find_nothing_and_break_nothing(anna: int, query: str) -> None:
    assert found(query) == []


@pytest.mark.parametrize("query", ["a", "an", "ann", "w", "a w", "0", "07", "1", "h"])
def test_the_first_letters_bring_no_more_than_the_limit(anna: int, others: list[int], query: str) -> None:
    assert len(found(query, limit=2)) <= 2


def test_nobody_is_shown_to_whom_none_may_be_shown(anna: int) -> None:
    assert find("anna whitfield", User.objects.create(username="nobody")) == []


# Promises

CROWD = [
    """INSERT INTO crm_customer (public_id, created_at)
       SELECT gen_random_uuid(), now() FROM generate_series(1, 6000)""",
    """INSERT INTO crm_identifier (kind, namespace, value, customer_id, origin_id, shared, created_at)
       SELECT CASE id % 2 WHEN 0 THEN 'phone' ELSE 'email' END, '',
              CASE id % 2 WHEN 0 THEN '+4477009' || id ELSE 'john' || id || '@example.com' END,
              id, id, '', now() FROM crm_customer""",
    "INSERT INTO crm_searchname SELECT id, 'John Smith', array_to_tsvector('{john,smith}') FROM crm_identifier",
    "ANALYZE crm_identifier, crm_searchname",
]


@pytest.fixture
def crowd() -> None:
    """Thousands who share a name, the beginning of an address, and a block of numbers."""
    with cursor() as sql:
        for statement in CROWD:
            sql.execute(statement.encode())
    person(("email", "jo@example.com"), full_name="John Smithson")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """The statements that are executed, with their parameters."""
    executed: list[tuple[Any, Any]] = []
    execute = psycopg.Cursor.execute

    def note(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        executed.append((query, params))
        return execute(self, query, params, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    return executed


QUERIES = [
    "john",
    "john smith",
    "j",
    "jo",
    "s j",
    "smit",
    "jhon smiht",
    "077009",
    "9",
    "0001",
    "john1",
    "j smith",
    "x-1",
    "order x-10",
    "20417",
]


@pytest.mark.parametrize("query", QUERIES)
def test_no_search_reads_a_table_from_end_to_end(crowd: None, statements: list[tuple[Any, Any]], query: str) -> None:
    who = agent()
    statements.clear()
    find(query, who)
    assert len(statements) <= 14
    asked = [(text, params) for text, params in statements if " crm_" in str(text)]
    assert asked
    with cursor() as sql:
        sql.execute("SET LOCAL enable_seqscan = off")
        for text, params in asked:
            plan = "\n".join(line for (line,) in sql.execute("EXPLAIN " + text, params))
            assert "Seq Scan" not in plan, plan
