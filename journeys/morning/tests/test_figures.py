"""What is counted of a day equals counting its rows one by one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.streaming import End
from journeys.explore.facets import NOT_ANSWERED
from journeys.morning.figures import Figures, Touch, Way, tallied, total
from journeys.morning.ringing import ringing

DAY = datetime(2026, 11, 27, tzinfo=UTC)
MOMENTS = st.integers(-6 * 24 * 60, 24 * 60 - 1).map(lambda minutes: DAY + timedelta(minutes=minutes))
TOUCHES = st.lists(
    st.builds(
        Touch, st.integers(1, 5), st.just(""), MOMENTS, st.sampled_from(["web", "call", "email"]), st.integers(1, 6),
        st.sampled_from(["Paid Search", "Email"]), st.sampled_from(["", "winter"]),
        st.sampled_from(["answered", "missed", "voicemail", ""]),
    ).map(
        lambda one: one._replace(
            brand="blue" if one.customer > 3 else "", session=10 * one.customer + (one.session or 0)
        )
    ),
    max_size=40,
).map(lambda touches: sorted(touches, key=lambda one: one.at))  # fmt: skip
ENDS = st.lists(
    st.builds(
        End, st.integers(1, 5), st.just(DAY), st.just(DAY), st.decimals(-50, 500, places=2),
        st.sampled_from(["GBP", "EUR"]), st.just("sale"), st.booleans(), st.sampled_from(["", "blue"]),
    ),
    max_size=12,
)  # fmt: skip


@given(TOUCHES, ENDS)
def test_the_figures_of_a_day_equal_its_rows(touches: list[Touch], ends: list[End]) -> None:
    found = tallied(touches, DAY, ends)
    for brand in ("", "blue"):
        figures = found.get(brand, Figures())
        today = [one for one in touches if one.brand == brand and one.at >= DAY]
        assert figures.people == len({one.customer for one in today})
        assert figures.week_people == len({one.customer for one in touches if one.brand == brand})
        assert figures.visits == len({one.session for one in today if one.channel == "web"})
        assert figures.calls == len([one for one in today if one.channel == "call"])
        assert figures.missed == len([one for one in today if one.channel == "call" and one.outcome in NOT_ANSWERED])
        for way in (Way("GBP", True), Way("EUR", False)):
            sales = [one for one in ends if one.brand == brand and (one.currency, one.by_phone) == way]
            assert figures.value(way) == sum((one.value for one in sales), Decimal(0))


@given(TOUCHES, ENDS)
def test_brands_add_up(touches: list[Touch], ends: list[End]) -> None:
    apart = total(tallied(touches, DAY, ends).values())
    together = tallied([one._replace(brand="") for one in touches], DAY, [one._replace(brand="") for one in ends])
    assert apart == together.get("", Figures())


@given(TOUCHES)
def test_every_call_that_something_came_before_rings_once(touches: list[Touch]) -> None:
    rings = ringing(touches)["group"]
    led = [
        max((one for one in touches[:at] if one.customer == call.customer and one.channel != "call"),
            key=touches.index, default=None)
        for at, call in enumerate(touches) if call.channel == "call"
    ]  # fmt: skip
    assert sum(one.calls for one in rings.values()) == len([one for one in led if one])
    for name, ring in rings.items():
        assert ring.people == len({one.customer for one in touches if one.channel != "call" and one.group == name})
        assert ring.rang <= min(ring.people, ring.calls)
