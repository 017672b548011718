"""How often each of many may ask."""

from hypothesis import given
from hypothesis import strategies as st

from crm.limiting import Buckets, is_of_this_machine


def test_each_may_ask_at_once_and_then_at_the_rate() -> None:
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait("b", 0.0) == 0
    assert [buckets.wait("a", 0.5), buckets.wait("a", 0.5)] == [0, 0.5]
    assert buckets.is_empty("a", 0.5)
    assert not buckets.is_empty("a", 60.0)
    assert not Buckets(0).wait("a", 0.0)


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_nobody_is_let_through_more_often_than_the_rate_and_the_burst(pauses: list[float]) -> None:
    buckets, now, let = Buckets(rate=3, burst=5), 0.0, 0
    for pause in pauses:
        now += pause
        let += buckets.wait("a", now) == 0
    assert let <= 5 + 3 * now + 1e-6


def test_a_great_many_take_no_more_memory_than_is_meant() -> None:
    buckets = Buckets(rate=1, burst=2, most=100)
    for n in range(1_000):
        buckets.wait(n, n * 0.001)
    assert len(buckets.left) <= 100


def test_this_machine_is_told_from_others() -> None:
    assert [is_of_this_machine(one) for one in ("127.0.0.1", "::1", "10.0.0.1", "x")] == [True, True, False, False]
