"""The figures of who is who as tables: what the dashboard's template shows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices

from crm.identity.models import Identifier, Link
from crm.matching.figures import Band, Day, Share
from crm.wording import said_day

JOINED = {"observed": "Seen together", "scored": "Scored", "staff": "By staff"}


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is of, and its figures. address: where that leads."""

    word: str
    figures: tuple[str, ...]
    address: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """word: what is in it. heads: of its columns, none where the title says it all. nothing: said when it is empty."""

    word: str
    rows: Sequence[Row]
    heads: tuple[str, ...] = ()
    nothing: str = "None."


def of_days(days: Sequence[Day]) -> Table:
    """The days, the last one first."""
    rows = [
        Row(
            said_day(one.day),
            (*(f"{one.joined.get(name, 0):,}" for name in JOINED), f"{one.rate:.2f}", f"{one.backlog:,}"),
        )
        for one in reversed(days)
    ]
    return Table("Day by day", rows, ("Day", *JOINED.values(), "Per 1,000", "Waiting"))


def of_bands(bands: Iterable[Band]) -> Table:
    """What people decided, by weight."""
    rows = [Row(one.word, (f"{one.same.whole:,}", f"{one.same.part:,}", *percents(one.same))) for one in bands]
    return Table("Decisions", rows, ("Weight", "Decided", "The same", "Share", "Between"))


def percents(share: Share) -> tuple[str, str]:
    """A share, and the interval that it lies in."""
    if not share.whole:
        return "–", "–"
    return f"{share.percent:.0f} %", f"{share.low:.0f} to {share.high:.0f} %"


def of_largest(largest: Iterable[tuple[str, str, int]]) -> Table:
    """(name, address, identifiers) of the customers who have most."""
    rows = [Row(name, (f"{count:,}",), address) for name, address, count in largest]
    return Table("Largest customers", rows, ("Customer", "Identifiers"))


def of_undone(told: Mapping[str, Any]) -> Table:
    """How many links of each kind staff have undone. told: a snapshot's figures."""
    links, undone = told.get("links", {}), told.get("undone", {})
    shares = {Link.Basis(name).label: Share(undone.get(name, 0), links[name]) for name in sorted(links)}
    rows = [
        Row(first_up(word), (f"{one.part:,}", f"{one.whole:,}", f"{one.percent:.2f} %")) for word, one in shares.items()
    ]
    return Table("Undone by staff", rows, ("Links by", "Undone", "Of", "Share"), "No link has been made yet.")


def of_shared(told: Mapping[str, Any]) -> Table:
    """How many identifiers are shared, by the reason."""
    return Table("Shared identifiers", by_reason(Identifier.Shared, told.get("shared", {})))


def of_held(told: Mapping[str, Any]) -> Table:
    """How many links are held, by the reason."""
    return Table("Held links", by_reason(Link.Held, told.get("held", {})), nothing="None: every link is in force.")


def by_reason(words: type[TextChoices], counts: Mapping[str, int]) -> list[Row]:
    return [Row(first_up(str(words(reason).label)), (f"{count:,}",)) for reason, count in sorted(counts.items())]


def first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
