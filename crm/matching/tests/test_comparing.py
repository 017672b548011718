"""What the comparisons see in two records, in words."""

import pytest

from crm.matching.comparisons import comparisons_for
from crm.matching.errors import UntrainedLevel
from crm.matching.records import FIELDS, Record, features
from crm.matching.settling import Taught, settle


def seen(mine: Record, other: Record) -> dict[str, str]:
    """What each comparison that finds something says."""
    a, b = features(mine), features(other)
    found = ((one, one.level(a, b)) for one in comparisons_for(FIELDS))
    return {one.name: one.words(level) for one, level in found if level >= 0}


@pytest.mark.parametrize(
    ("field", "mine", "other", "words"),
    [
        ("given_name", "Liz", "Elizabeth", "given names are forms of one name"),
        ("given_name", "J.", "Jonathan", "one given name begins the other"),
        ("given_name", "Björn", "Bjorn", "same given name"),
        ("given_name", "Иван", "Ivan", "same given name"),
        ("given_name", "Catherine", "Katherine", "given name differs by one letter"),
        ("given_name", "Anna", "Tom", "given name differs"),
        ("surname", "Smith-Jones", "Jones", "surnames share a part"),
        ("surname", "O'Brien", "OBRIEN", "same surname"),
        ("surname", "Whitfield", "Witfield", "surname differs by one letter"),
        ("date_of_birth", "1989-04-03", "03/04/1989", "same date of birth"),
        ("date_of_birth", "1989-04-03", "1989-03-04", "day and month of birth change places"),
        ("date_of_birth", "1989-04-03", "1990-04-03", "born the same day, a year apart"),
        ("date_of_birth", "1989-04-03", "1989-04-08", "date of birth differs by one digit"),
        ("phone", "+44 7700 900123", "07700900123", "same phone"),
        ("phone", "07700 900123", "07700 900128", "phone differs by one digit"),
        ("email", "anna.w@example.com", "Anna.W+shop@example.com", "same e-mail"),
        ("email", "anna.w@example.com", "anna.w@example.org", "same e-mail name at another provider"),
        ("postcode", "CF10 1AB", "cf101ab", "same postcode"),
        ("postcode", "CF10 1AB", "CF10 1AD", "postcode differs by one character"),
        ("street", "High St", "High Street", "same street"),
    ],
)
def test_people_are_known_in_spite_of_how_they_are_written(field: str, mine: str, other: str, words: str) -> None:
    assert seen({field: (mine,)}, {field: (other,)})[field] == words


def test_names_that_change_places_are_seen_once() -> None:
    mine = {"given_name": ("Anna",), "surname": ("Whitfield",)}
    other = {"given_name": ("Whitfield",), "surname": ("Anna",)}
    assert seen(mine, other) == {"given_name": "given name and surname change places"}


def test_a_full_name_is_taken_apart() -> None:
    whole, parted = {"full_name": ("Whitfield, Anna Maria",)}, {"given_name": ("Anna",), "surname": ("Whitfield",)}
    assert seen(whole, parted) == {"given_name": "same given name", "surname": "same surname"}


def test_the_closest_of_several_values_counts() -> None:
    mine, other = {"surname": ("Taylor", "Whitfield")}, {"surname": ("Whitfield",)}
    assert seen(mine, other) == {"surname": "same surname"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("given_name", "unknown"), ("surname", "N/A"), ("phone", "0000000000"), ("date_of_birth", "1900-01-01")],
)
def test_a_placeholder_says_nothing(field: str, value: str) -> None:
    assert not features({field: (value,)})


def test_a_level_that_nothing_taught_is_left_out() -> None:
    levels = [Taught("same", 0.9, 0.01), Taught("slip", None, 0.02), Taught("different", 0.1, 0.97)]
    settled = settle({"given_name": levels}, 0.001, 10_000)
    assert [level.name for level in settled["given_name"]] == ["same", "different"]


def test_training_that_learned_nothing_fails_clearly() -> None:
    levels = [Taught("same", None, 0.01), Taught("different", None, 0.99)]
    with pytest.raises(UntrainedLevel, match="Nothing could be learned about given_name"):
        settle({"given_name": levels}, 0.001, 10_000)
