"""Erlang's formula, as it stands in the tables."""

from datetime import timedelta
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.tracking.sizing import blocking, numbers_for, offered_load


@given(st.floats(0.1, 20), st.integers(1, 25))
def test_it_is_the_formula_that_erlang_wrote(load: float, numbers: int) -> None:
    terms = [load**count / factorial(count) for count in range(numbers + 1)]
    assert blocking(load, numbers) == pytest.approx(terms[-1] / sum(terms))


def test_the_published_table_holds() -> None:
    assert numbers_for(4.46, 0.01) == 10  # 10 trunks at 1 % carry 4.46 erlangs
    assert numbers_for(29.0, 0.01) == 40
    assert blocking(84.1, 100) == pytest.approx(0.01, rel=0.02)


def test_a_number_is_held_for_a_visit_and_a_while_after() -> None:
    assert offered_load(1 / 6, timedelta(seconds=240), timedelta(seconds=300)) == pytest.approx(90)


def test_what_cannot_be_had_is_said() -> None:
    with pytest.raises(ValueError, match="hold them for a shorter time"):
        numbers_for(100_000, 0.01)
    with pytest.raises(ValueError, match="between 0 and 1"):
        numbers_for(10, 1)
