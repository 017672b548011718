"""Veils: texts in which nothing may stand that tells who somebody is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.privacy.masking import DOTS, Veil

LETTERS = st.text(st.sampled_from("aAbsSkKiIßſKİıñÑ é-"), min_size=3, max_size=6)
SAID = st.lists(LETTERS, max_size=6).map(" ".join)


@given(st.frozensets(LETTERS, max_size=4), SAID)
def test_looking_first_whether_a_name_may_stand_there_hides_neither_more_nor_less(
    names: frozenset[str], said: str
) -> None:
    veil = Veil(names)
    assert veil.text(said) == veil.words.sub(DOTS, said)


@given(st.frozensets(LETTERS, min_size=1, max_size=4), SAID, st.data())
def test_no_name_is_left(names: frozenset[str], said: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(names)))
    veil = Veil(names)
    assert veil.words.search(veil.text(f"{said}. {name.upper() if name.isascii() else name}. {said}")) is None


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Ben Harrow rang", f"{DOTS} {DOTS} rang"),
        ("BEN rang", f"{DOTS} rang"),
        ("Benefits of harrowing", "Benefits of harrowing"),
        ("Bén rang", "Bén rang"),
        ("ben@example.com rang", f"b{DOTS}@example.com rang"),
    ],
)
def test_a_veil_takes_out_names_whole(said: str, left: str) -> None:
    assert Veil.of(["Ben Harrow"]).text(said) == left
