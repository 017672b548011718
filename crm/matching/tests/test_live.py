"""The live path: what it joins, what it asks, what it leaves, and that arrival decides nothing."""

import random
from collections.abc import Callable, Iterable

import pytest
from django.contrib.auth.models import User

from crm.identity import due
from crm.identity.kinds import Key
from crm.identity.merging import keep_apart, withdraw
from crm.identity.models import Customer, Identifier, Link
from crm.matching.asking import OPEN
from crm.matching.live import CLAIM, LOCK, match_due
from crm.matching.models import Due, Review, ScoredPair
from crm.matching.passing import Asked
from crm.matching.passing import match as whole_pass
from crm.matching.tests.people import current_model, email, login, phone, record, rolled_back, source, tell
from crm.privacy.restricting.acts import lift, restrict
from crm.sql import cursor, kept_plans

pytestmark = pytest.mark.django_db
ANNA = {"given_name": "Elizabeth", "surname": "Whitfield", "date_of_birth": "1986-11-29", "postcode": "CF5 3AB"}

SETTLED_LONG_AGO = """
    INSERT INTO crm_review (a_id, b_id, weight, probability, reason, guard, state, traffic, value, created_at)
    SELECT n, n + 1, 0, 0, 0, '', 'settled', 0, 0, now() FROM generate_series(1, 2000) AS n
"""


def customer_of(identifier: int) -> Customer:
    return Identifier.objects.select_related("customer").get(pk=identifier).customer


def are_one(*identifiers: int) -> bool:
    return len({customer_of(one).pk for one in identifiers}) == 1


def office_and_web(**changed: str) -> tuple[int, int]:
    """One person on file at the office, and in a mail, told with other words."""
    office = source("office", is_trusted=True)
    first = tell(record("1"), office, email("liz@example.com"), **ANNA)
    other = tell(email("whitfield@example.org"), source("post"), **ANNA | changed)
    return first, other


def test_a_misspelt_duplicate_without_a_common_identifier_is_joined() -> None:
    current_model()
    first, other = office_and_web(given_name="Liz", surname="Whitfeild")
    assert not are_one(first, other)
    match_due()
    assert are_one(first, other)
    link = Link.objects.get(basis="scored")
    assert {link.a_id, link.b_id} == {first, other}
    assert link.weight > 4
    assert link.evidence["probability"] > 0.95
    assert not Due.objects.exists()


def test_a_claim_does_not_compare_what_it_takes_with_all_that_waits() -> None:
    with kept_plans(), cursor() as sql:
        plan = sql.execute(f"EXPLAIN {CLAIM}", {"lock": LOCK, "limit": 500}).fetchall()
    assert "Index Scan using crm_matchdue_pkey" in str(plan)
    assert "Nested Loop" not in str(plan)


def test_asking_anew_does_not_look_through_all_that_is_open_even_if_planned_while_nothing_was() -> None:
    with rolled_back(), kept_plans(), cursor() as sql:
        sql.execute(SETTLED_LONG_AGO)
        sql.execute("ANALYZE crm_review")
        plan = sql.execute(f"EXPLAIN {OPEN}", {"settled": "{1,2}", "asked": "[]"}).fetchall()
    assert "crm_review_pkey" in str(plan)
    assert "review_queue" not in str(plan)


def test_a_pair_that_is_scored_as_before_is_not_written_again() -> None:
    current_model()
    first, _ = office_and_web(given_name="Liz", surname="Whitfeild")
    match_due()
    before = list(ScoredPair.objects.values_list("pk", "weight"))
    due.mark([], [first])
    assert match_due() == 1
    assert before
    assert list(ScoredPair.objects.values_list("pk", "weight")) == before


def test_no_score_joins_anybody_with_whoever_is_restricted_until_that_is_lifted() -> None:
    current_model()
    first, other = office_and_web()
    officer = User.objects.create(username="officer")
    restrict(customer_of(other), "They contest it.", officer)
    match_due()
    assert not are_one(first, other)
    lift(customer_of(other), "It is settled.", officer)
    tell(email("whitfield@example.org"), source("post"), city="Cardiff")
    match_due()
    assert are_one(first, other)


def test_without_a_trained_model_what_is_due_waits() -> None:
    first, other = office_and_web()
    assert match_due() == 0
    assert Due.objects.exists()
    current_model()
    match_due()
    assert are_one(first, other)


def test_another_given_name_at_the_same_address_joins_nobody() -> None:
    current_model()
    first, other = office_and_web(given_name="Thomas", date_of_birth="1984-02-11")
    match_due()
    assert not are_one(first, other)
    assert not Link.objects.filter(basis="scored").exists()


def test_two_logins_of_one_shop_are_asked_about_and_not_joined() -> None:
    current_model()
    shop = source("shop", is_trusted=True)
    first = tell(login("a"), shop, email("liz@example.com"), **ANNA)
    other = tell(login("b"), shop, email("whitfield@example.org"), **ANNA)
    match_due()
    assert not are_one(first, other)
    review = Review.objects.get(state="open")
    assert (review.a_id, review.b_id, review.guard) == (first, other, "held")


def test_what_a_browser_claims_joins_no_two_identified_customers() -> None:
    current_model()
    first = tell(record("1"), source("office", is_trusted=True), email("liz@example.com"), **ANNA)
    thief = tell(login("thief"), source("web"), **ANNA)
    match_due()
    assert not are_one(first, thief)
    assert Link.objects.get(basis="scored").held == "unverified"
    assert Review.objects.get().guard == "held"


def test_what_staff_called_different_stays_apart_and_is_not_asked_again() -> None:
    current_model()
    first, other = office_and_web()
    keep_apart(Identifier.objects.get(pk=first), Identifier.objects.get(pk=other), None)
    match_due()
    assert not are_one(first, other)
    assert not Review.objects.filter(state="open").exists()


def test_a_scored_link_that_staff_took_back_is_asked_about_and_not_made_again() -> None:
    current_model()
    first, other = office_and_web()
    match_due()
    withdraw(list(Link.objects.filter(basis="scored")), User.objects.create(username="sam"))
    tell(record("1"), source("office", is_trusted=True), city="Cardiff")
    match_due()
    assert not are_one(first, other)
    assert Review.objects.get(state="open").guard == "withdrawn"


def test_a_link_goes_when_what_spoke_for_it_is_contradicted() -> None:
    current_model()
    first, other = office_and_web()
    match_due()
    assert are_one(first, other)
    tell(email("whitfield@example.org"), source("office", is_trusted=True), given_name="Thomas",
         date_of_birth="1950-01-02")  # fmt: skip
    match_due()
    assert not are_one(first, other)


def test_a_second_record_of_what_is_one_already_makes_no_link() -> None:
    current_model()
    office = source("office", is_trusted=True)
    first = tell(record("1"), office, email("liz@example.com"), **ANNA)
    other = tell(record("2"), office, email("liz@example.com"), **ANNA)
    match_due()
    assert are_one(first, other)
    assert not Link.objects.filter(basis="scored").exists()


# Arrival decides nothing

Telling = Callable[[], int]


def tellings(count: int, seed: int) -> list[Telling]:
    """What sources say of a few people, in a hundred small pieces."""
    chance = random.Random(seed)
    said: list[Telling] = []
    for person in range(count):
        truth = {
            "given_name": chance.choice(["Elizabeth", "Thomas", "Olivia", "Henry"]),
            "surname": chance.choice(["Whitfield", "Patel", "Nowak"]),
            "date_of_birth": f"19{chance.randint(50, 99)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
            "street": f"{chance.randint(1, 3)} Mill Lane",
            "postcode": "CF5 3AB",
        }
        inbox = email(f"inbox{person // 2}@example.com")  # two share each
        said += [
            piece(record(f"{person}"), "office", inbox, **truth),
            piece(login(f"{person}"), "shop", phone(f"+44163296000{person % 7}"), **part_of(truth, chance)),
            piece(email(f"own{person}@example.com"), "post", **part_of(truth, chance)),
            piece(record(f"{person}"), "office", given_name=chance.choice([truth["given_name"], "Liz"])),
        ]
    return said


def piece(key: Key, by: str, *contacts: Key, **traits: str) -> Telling:
    return lambda: tell(key, source(by, is_trusted=by == "office"), *contacts, **traits)


def part_of(truth: dict[str, str], chance: random.Random) -> dict[str, str]:
    told = {name: value for name, value in truth.items() if chance.random() < 0.8}
    return told | {"surname": truth["surname"].replace("e", "ee")} if chance.random() < 0.3 else told


def state() -> tuple[object, ...]:
    """Who is whose, what links and what is asked, by the identifiers' own values."""
    names = {one.pk: f"{one.kind}:{one.value}" for one in Identifier.objects.all()}
    groups: dict[int, list[str]] = {}
    for one in Identifier.objects.all():
        groups.setdefault(one.customer_id, []).append(names[one.pk])
    links = [(*sorted((names[one.a_id], names[one.b_id])), one.held, round(one.weight, 3))
             for one in Link.objects.standing().filter(basis="scored")]  # fmt: skip
    pairs = [(*sorted((names[one.a_id], names[one.b_id])), one.verdict, one.reason) for one in ScoredPair.objects.all()]
    asked = [(*sorted((names[one.a_id], names[one.b_id])), one.guard) for one in Review.objects.filter(state="open")]
    return sorted(map(sorted, groups.values())), sorted(links), sorted(pairs), sorted(asked)


def after(said: Iterable[Telling], every: int) -> tuple[object, ...]:
    for number, each in enumerate(said):
        each()
        if number % every == 0:
            match_due()
    match_due()
    return state()


@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_shuffles_end_in_one_state(seed: int) -> None:
    """Four populations, each in twenty-five orders, matched after every other piece, now and then, or at the end."""
    said = tellings(5, seed)
    current_model()
    found = []
    for shuffle in range(25):
        order = random.Random(shuffle).sample(said, len(said))
        with rolled_back():
            found.append(after(order, every=(2, 5, 1000, 1000)[shuffle % 4]))
    assert found[0][1], "nothing was linked: this proves nothing"
    assert all(one == found[0] for one in found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_the_whole_pass_finds_nothing_to_change_after_the_live_path(seed: int) -> None:
    current_model()
    after(tellings(8, seed), every=4)
    links, asked = state()[1], state()[3]
    assert links, "nothing was linked: this proves nothing"
    run = whole_pass(Asked(is_agreed=True), lambda _: None)
    assert (run.figures["new_links"], run.figures["withdrawn_links"]) == (0, 0)
    assert (state()[1], state()[3]) == (links, asked)
