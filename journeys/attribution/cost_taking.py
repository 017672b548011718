"""Taking files of costs in, undoing them, and what channels cost in a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, Sum

from crm.sql import cursor
from journeys.attribution.cost_reading import Told
from journeys.attribution.spending import Cost, CostFile

BITE = 5_000  # rows of one statement
# Of one day, name and currency, the file that was taken in last says what it cost.
IN_PERIOD = """
    SELECT name, sum(cost), sum(clicks) FROM (
        SELECT DISTINCT ON (c.day, c.name) c.name, c.cost, c.clicks
        FROM journeys_cost c JOIN journeys_costfile f ON f.id = c.file_id
        WHERE c.dimension = %s AND c.currency = %s AND c.day BETWEEN %s AND %s AND f.state = 'in force'
        ORDER BY c.day, c.name, c.file_id DESC
    ) AS latest GROUP BY name
"""


@dataclass(frozen=True)
class Spent:
    """What a channel cost in a period; clicks: 0 where nobody told."""

    cost: Decimal
    clicks: int


@transaction.atomic
def prepare(name: str, told: Sequence[Told], actor: User) -> CostFile:
    """Keep what a file says; nothing of it counts yet."""
    refused = [[line.number, line.refused] for line in told if line.refused]
    file = CostFile.objects.create(name=name[:200], refused=refused, actor=actor)
    rows = [
        Cost(file=file, day=line.day, dimension=line.dimension, name=line.name[:410], currency=line.currency,
             cost=line.cost, clicks=line.clicks, impressions=line.impressions)
        for line in told if not line.refused
    ]  # fmt: skip
    Cost.objects.bulk_create(rows, batch_size=BITE)
    return file


def act(file: CostFile, word: str) -> bool:
    """Have a file counted (take), or no more (undo); False where it was so already, or nothing of the kind is known."""
    after = {"take": CostFile.State.IN_FORCE, "undo": CostFile.State.UNDONE}.get(word)
    if after is None or file.state == after:
        return False
    return bool(CostFile.objects.filter(pk=file.pk, state=file.state).update(state=after))


def summary(file: CostFile) -> dict[str, Any]:
    """What a file says: its days, its lines, and the sum of each currency."""
    sums = list(file.costs.values("currency").annotate(cost=Sum("cost"), lines=Count("pk")).order_by("currency"))
    return {"sums": sums, **file.costs.aggregate(first=Min("day"), last=Max("day"), lines=Count("pk"))}


def spent(dimension: str, currency: str, since: date, until: date) -> dict[str, Spent]:
    """By name, what was spent."""
    with cursor() as sql:
        rows = sql.execute(IN_PERIOD, [dimension, currency, since, until]).fetchall()
    return {name: Spent(cost, int(clicks)) for name, cost, clicks in rows}


def per_conversion(cost: Decimal, conversions: float) -> Decimal | None:
    """What a conversion cost (CPA); None where there was none."""
    return cost / Decimal(str(conversions)) if conversions > 0 else None


def returned(cost: Decimal, value: Decimal) -> Decimal | None:
    """How often the cost came back as value (ROAS); None where nothing was spent."""
    return value / cost if cost else None
