"""Those who gave up and never called, as far as they allow marketing: whom something can be done about."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from crm.identity.models import Identifier
from crm.privacy.actors import Actor
from crm.privacy.permissions import permitting
from crm.profile.portraits import Portrait, portraits_for
from crm.reading import each, read
from crm.sql import array, cursor
from journeys.customers.veils import veils_of
from journeys.paths.abandonment_reporting import Report, at

MOST, SHOWN = 1_000, 50  # customers that are looked at, the last first; of a page
MARKETING = "marketing"
GIVEN = """
    SELECT DISTINCT i.customer_id FROM crm_identifier i
    WHERE i.customer_id = ANY(%s::bigint[]) AND EXISTS (
        SELECT FROM crm_consent c WHERE c.identifier_id = i.id AND c.purpose = %s AND c.state = 'given'
    )
"""


class Silent(NamedTuple):
    """Somebody who gave up on a page and did not call, by pseudonym for whoever may not know who it is."""

    customer: int
    who: Portrait
    stopped_at: datetime
    page: str


class Listed(NamedTuple):
    """A page of them. all: how many there are; looked_at: how many of these were looked at, the last first; allowing:
    how many of those allow marketing; left_out: how many do not. following: where the next page begins, None at the
    end: (seconds, customer).
    """

    shown: Sequence[Silent]
    all: int
    looked_at: int
    allowing: int
    following: tuple[int, int] | None

    @property
    def left_out(self) -> int:
        return self.looked_at - self.allowing


def listed(report: Report, actor: Actor, before: tuple[int, int] | None = None) -> Listed:
    """A page of them, those who gave up last first; before: where it begins."""
    found = report.silent
    looked = found[:MOST]
    allowing = allow_marketing([customer for customer, *_ in looked])
    mine = [one for one in looked if one[0] in allowing]
    later = [one for one in mine if before is None or (one[1], one[0]) < before]
    page = later[:SHOWN]
    following = (page[-1][1], page[-1][0]) if len(later) > SHOWN else None
    return Listed(unveiled(report, actor, page), len(found), len(looked), len(mine), following)


def unveiled(report: Report, actor: Actor, page: Collection[tuple[int, int, int]]) -> list[Silent]:
    """Who they are, as somebody may see it. Whoever is named in what the definition asks for is left out: else a page
    with their name in its path would tell whose journey it is.
    """
    customers = [customer for customer, *_ in page]
    people, veils = portraits_for(actor, customers), veils_of(customers) if customers else {}
    names = {one.number: one.name for one in report.told.steps}
    asked = [*report.definition.begun, *report.definition.finished]
    return [
        Silent(customer, people[customer], at(stopped), veils[customer].text(names[step]))
        for customer, stopped, step in page
        if customer in people and all(veils[customer].text(one) == one for one in asked)
    ]


def allow_marketing(customers: Iterable[int]) -> set[int]:
    """Those of the customers (ids) who allow marketing, on one channel at least."""
    with cursor() as sql:
        some = [one for (one,) in sql.execute(GIVEN.encode(), [array(customers), MARKETING])]
    identifiers: dict[int, list[int]] = {}
    for pk, customer in Identifier.objects.filter(customer__in=some).values_list("pk", "customer_id"):
        identifiers.setdefault(customer, []).append(pk)
    said = read(each([permitting(mine) for mine in identifiers.values()]))
    return {
        customer for customer, permissions in zip(identifiers, said, strict=True)
        if any(one.is_given and one.purpose == MARKETING for one in permissions)
    }  # fmt: skip
