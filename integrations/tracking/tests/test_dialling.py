"""Who of the holders dials: shares that add up, whatever their order, and rates that are learned."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.tracking.dialling import ALIVE, LEFT, ON_SITE, WINDOW, Holder, Rates, learn, phase_of, spent, weigh

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ages = st.floats(0, 90_000)


@st.composite
def holders(draw: st.DrawFn) -> list[Holder]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        seen = NOON - timedelta(seconds=draw(ages))
        landed = seen - timedelta(seconds=draw(ages))
        found.append(Holder(str(number), landed, seen, draw(st.sampled_from([None, True, False]))))
    return found


def ago(landed: float, seen: float, key: str = "a", is_caller: bool | None = None) -> Holder:
    return Holder(key, NOON - timedelta(seconds=landed), NOON - timedelta(seconds=seen), is_caller)


@given(holders(), st.randoms())
def test_probabilities_leave_room_for_a_stranger_and_do_not_depend_on_the_order(
    told: list[Holder], chance: np.random.Generator
) -> None:
    found = weigh(told, NOON, Rates())
    assert sum(one.probability for one in found) < 1
    assert all(one.probability > 0 for one in found)
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert dict(weigh(shuffled, NOON, Rates())) == pytest.approx(dict(found))


def test_who_is_on_the_site_outweighs_who_left_an_hour_ago() -> None:
    first, second = weigh([ago(8_000, 3_700, "earlier"), ago(90, 5, "now")], NOON, Rates())
    assert (first.key, second.key) == ("now", "earlier")
    assert first.probability > 0.97


def test_a_phone_that_is_known_as_one_holders_settles_it() -> None:
    first, *_ = weigh([ago(90, 5, "now"), ago(8_000, 3_700, "earlier", is_caller=True)], NOON, Rates())
    assert first.key == "earlier"
    assert first.probability > 0.999


def test_a_phone_that_is_none_of_a_holders_speaks_against_them() -> None:
    told = [ago(300, 100, "known", is_caller=False), ago(9_000, 2_000, "unknown")]
    assert (
        weigh(told, NOON, Rates())[0].probability
        < weigh([ago(300, 100, "known"), told[1]], NOON, Rates())[0].probability
    )


def test_whoever_landed_after_the_call_or_left_a_day_before_it_is_no_candidate() -> None:
    late = ago(WINDOW.total_seconds() + 90_000, WINDOW.total_seconds() + 1)
    assert weigh([ago(-5, -5), late], NOON, Rates()) == []


def test_a_visit_is_on_the_site_until_a_while_after_its_last_sign_of_life() -> None:
    alive = ALIVE.total_seconds()
    assert phase_of(ago(500, alive), NOON) == (ON_SITE, 500)
    assert phase_of(ago(500, alive + 1), NOON) == (LEFT, alive + 1)


def test_the_seconds_of_a_visit_are_all_counted_once() -> None:
    times: dict[str, float] = {ON_SITE: 0, LEFT: 0}
    for phase, _, seconds in spent(ago(2_000, 1_000), NOON):
        times[phase] += seconds
    assert times == {ON_SITE: 1_000 + ALIVE.total_seconds(), LEFT: 1_000 - ALIVE.total_seconds()}


def test_rates_are_learned_from_calls_and_shares_of_callers_who_can_be_known() -> None:
    chance = np.random.default_rng(3)
    told, confirmed = [], []
    for number in range(20_000):
        landed = NOON - timedelta(seconds=float(chance.uniform(100_000, 200_000)))
        holder = Holder(str(number), landed, landed + timedelta(seconds=240))
        told.append(holder)
        if chance.random() < 0.05:  # a call in twenty, evenly over four minutes, of which half can be known
            at = landed + timedelta(seconds=float(chance.uniform(0, 240)))
            if chance.random() < 0.5:
                confirmed.append((holder._replace(seen_at=at), at))
    rates = learn(told, confirmed, 0.5, NOON)
    assert rates.by_phase[ON_SITE][:4] == pytest.approx([0.05 / 240] * 4, rel=0.2)
    assert max(rates.by_phase[LEFT]) < 0.05 / 240 / 10


def test_without_calls_the_usual_rates_stand() -> None:
    rates = learn([ago(500, 100)], [], 0.4, NOON)
    assert rates.by_phase[ON_SITE] == pytest.approx(Rates().by_phase[ON_SITE], rel=0.5)
