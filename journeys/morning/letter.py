"""The weekly mail: the account of a week, as HTML that mail programs draw, and as plain text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from journeys.morning.account import BACK, DAYS, Account, Line, of_week
from journeys.morning.asking import back
from journeys.morning.leading import address_of
from journeys.morning.reading import days_of
from journeys.morning.ringing import DIMENSIONS
from journeys.morning.spotted import Spotted, spotted
from journeys.morning.standing_out import Loud, loud_of
from journeys.morning.stopping import address, headers_of, link_of

BAR = 100  # percent of the width that the longest bar has
COLOURS = ("#3b4fd8", "#c9ced8")


@dataclass(frozen=True)
class Week:
    """What there is to say of a week. rings: by channel groups, by campaigns. blind: of the four weeks that end with
    it, as on the page of its Sunday.
    """

    account: Account
    rings: Sequence[tuple[str, Sequence[Loud]]]
    blind: Spotted

    @property
    def subject(self) -> str:
        return f"The week from {said(self.account.since)} to {said(self.account.until)}"


def said(day: date) -> str:
    return f"{day.day} {day:%B}"


def week(monday: date, brands: Collection[str] | None, now: datetime) -> Week | None:
    """The week from a Monday on, as somebody may see it; None unless all of it is counted."""
    sunday = monday + timedelta(days=DAYS - 1)
    account = of_week(days_of(back(monday, BACK), sunday, brands), monday)
    if account is None:
        return None
    before = back(sunday, DAYS)
    rings = [(label, loud_of(name, "week", sunday, before, brands)) for name, label in DIMENSIONS.items()]
    return Week(account, rings, spotted(sunday, brands, now))


def html_of(found: Week, user: int) -> str:
    return render_to_string("journeys/mails/weekly.html", context_of(found, user))


def text_of(found: Week, user: int) -> str:
    return render_to_string("journeys/mails/weekly.txt", context_of(found, user))


def context_of(found: Week, user: int) -> dict[str, Any]:
    account = found.account
    return {
        "week": found, "account": account, "stop": link_of(user),
        "page": address(f"{reverse('morning')}?day={account.until}"), "settings": address(reverse("weekly-mail")),
        "spots": address(f"{reverse('blind-spots')}?{found.blind.query}"),
        "lines": [{"line": line, "drawn": drawn(line), "address": address_of_line(line, account)}
                  for line in account.lines],
    }  # fmt: skip


def address_of_line(line: Line, account: Account) -> str:
    return address(address_of(line.measure.key, line.measure.currency, account.since, account.until))


def drawn(line: Line) -> list[tuple[int, str]]:
    """The bars of a figure and of what is usual: (how long, its colour)."""
    return list(zip(bars_of(line), COLOURS, strict=True))


def bars_of(line: Line) -> tuple[int, int]:
    """How long the bars of a figure are, and of what is usual, in percent of the longer one."""
    now, usual = max(line.now, 0.0), max(line.usual.mean, 0.0) if line.usual else 0.0
    longest = max(now, usual)
    return (round(BAR * now / longest), round(BAR * usual / longest)) if longest else (0, 0)


def message_of(found: Week, user: int, to: str, number: int) -> EmailMultiAlternatives:
    """The mail to somebody. number: of what is sent, so that the same mail has the same Message-ID, however often it
    is tried.
    """
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    headers = {
        **headers_of(link_of(user)),
        "Message-ID": f"<weekly-{number}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMultiAlternatives(found.subject, text_of(found, user), to=[to], headers=headers)
    mail.attach_alternative(html_of(found, user), "text/html")
    return mail
