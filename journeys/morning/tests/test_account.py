"""The account of a day, and of a week: what is said of a figure."""

from datetime import date, timedelta
from decimal import Decimal

from journeys.morning.account import Account, Line, of_day, of_week, points
from journeys.morning.charting import chart
from journeys.morning.figures import Figures, Sold, Way

FRIDAY = date(2026, 11, 27)
MONDAY = date(2026, 11, 23)
GBP = Way("GBP", by_phone=False)


def figures(calls: int = 50, people: int = 100, value: str = "1000") -> Figures:
    sold = {GBP: Sold(4, Decimal(value))}
    return Figures(people=people, week_people=people * 5, visits=120, calls=calls, missed=5, sold=sold)


def days(now: Figures, weeks: int = 8, until: date = FRIDAY) -> dict[date, Figures]:
    before = {until - timedelta(days=back): figures() for back in range(1, 7 * weeks + 1)}
    return {**before, until: now}


def line(account: Account | None, key: str) -> Line:
    assert account
    return next(one for one in account.lines if one.measure.key == key)


def test_what_is_more_than_usually_varies_is_news_with_its_interval() -> None:
    found = line(of_day(days(figures(calls=110)), FRIDAY), "calls")
    assert found.is_news
    assert found.said == ("Calls: 110, about 120 % more than on the last eight Fridays (95 %: 76 to 172 % more).")


def test_what_usually_varies_is_no_news() -> None:
    found = line(of_day(days(figures(calls=55)), FRIDAY), "calls")
    assert not found.is_news
    assert found.said == ("Calls: 55, no more or fewer than usually varies (95 %: 19 % fewer to 45 % more).")


def test_the_same_as_ever_changes_nothing() -> None:
    account = of_day(days(figures()), FRIDAY)
    assert not account.news
    assert all(one.found and one.found.p > 0.5 for one in account.lines)


def test_money_is_told_in_its_currency_and_is_less_not_fewer() -> None:
    found = line(of_day(days(figures(value="20")), FRIDAY), "online-gbp")
    assert found.said.startswith("Revenue online, GBP: GBP 20.00, ")
    assert "% less" in found.said


def test_revenue_of_one_large_sale_is_no_news() -> None:
    assert not line(of_day(days(figures(value="1600")), FRIDAY), "online-gbp").is_news


def test_too_little_history_is_said() -> None:
    found = line(of_day(days(figures(calls=500), weeks=2), FRIDAY), "calls")
    assert not found.is_news
    assert found.said == (
        "Calls: 500, with too little to compare with: 2 of the last eight Fridays counted, 4 are needed."
    )


def test_what_would_be_news_alone_may_be_chance_among_so_many() -> None:
    found = line(of_day(days(figures(calls=69)), FRIDAY), "calls")
    assert not found.is_news
    assert found.reading == (
        "about 38 % more than on the last eight Fridays, which among so many figures may be chance "
        "(95 %: 5 to 77 % more)"
    )


def test_too_few_to_tell_is_said() -> None:
    known = {one: figures(calls=int(one == FRIDAY - timedelta(days=21))) for one in days(figures())}
    found = line(of_day({**known, FRIDAY: figures(calls=1)}, FRIDAY), "calls")
    assert found.said == "Calls: 1, too few to say whether it is unusual."
    never = line(of_day({one: figures(calls=0) for one in known}, FRIDAY), "calls")
    assert never.said == "Calls: 0, as on the last eight Fridays."
    sudden = line(of_day({**{one: figures(calls=0) for one in known}, FRIDAY: figures(calls=30)}, FRIDAY), "calls")
    assert sudden.said == "Calls: 30, none on the last eight Fridays."


def test_none_at_all_is_said_to_be_fewer() -> None:
    assert line(of_day(days(figures(calls=0)), FRIDAY), "calls").said.startswith(
        "Calls: 0, fewer than on the last eight Fridays (95 %: "
    )


def test_two_currencies_are_never_added() -> None:
    mixed = Figures(sold={GBP: Sold(1, Decimal(10)), Way("EUR", by_phone=True): Sold(2, Decimal(7))})
    account = of_day({**days(figures()), FRIDAY: mixed}, FRIDAY)
    assert line(account, "online-gbp").now == 10
    assert line(account, "phone-eur").now == 7
    assert line(account, "phone").now == 2


def test_a_week_is_its_seven_days_and_its_customers_are_counted_once() -> None:
    account = of_week(days(figures(), weeks=10, until=MONDAY + timedelta(days=6)), MONDAY)
    assert account
    assert line(account, "calls").now == 350
    assert line(account, "journeys").now == 500
    assert account.those == "the last eight weeks"
    assert (account.since, account.until) == (MONDAY, date(2026, 11, 29))


def test_a_week_of_which_a_day_is_not_counted_has_no_account() -> None:
    known = days(figures(), until=MONDAY + timedelta(days=6))
    del known[MONDAY]
    assert of_week(known, MONDAY) is None


def test_a_chart_has_four_weeks_and_a_band_as_far_as_there_are_weeks_before() -> None:
    known = days(figures(calls=110), weeks=8)
    measure = line(of_day(known, FRIDAY), "calls").measure
    found = points(known, FRIDAY, measure)
    assert len(found) == 28
    assert found[-1].value == 110
    assert [one.band is not None for one in found] == [True] * 28
    drawn = chart(measure, found)
    assert [spot.is_outside for spot in drawn.spots] == [False] * 27 + [True]
    assert drawn.down[-1][1] == "200"
    early = chart(measure, points(days(figures(), weeks=4), FRIDAY, measure))
    assert [spot.point.band is not None for spot in early.spots] == [False] * 27 + [False, True][1:]


def test_a_day_on_which_more_was_paid_back_than_sold_stands_below_nought() -> None:
    known = days(figures(value="-300"))
    measure = line(of_day(known, FRIDAY), "online-gbp").measure
    drawn = chart(measure, points(known, FRIDAY, measure))
    assert drawn.down[0][1] == "0" or drawn.down[0][0] > drawn.down[-1][0]
    assert all(10 <= spot.y <= 136 for spot in drawn.spots)
    assert "-500" in [said for _, said in drawn.down]
