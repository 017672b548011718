"""Taking files of costs in, undoing them, and what channels cost in a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet, Sum

from crm.privacy.access import brands_of
from crm.sources.models import Brand
from crm.sql import cursor
from journeys.attribution.cost_reading import Brands, Told
from journeys.attribution.spending import Cost, CostFile

BITE = 5_000  # rows of one statement
# Of one day, name, currency and brand, the file that was taken in last says what it cost.
IN_PERIOD = """
    SELECT name, sum(cost), sum(clicks) FROM (
        SELECT DISTINCT ON (c.day, c.name, c.brand) c.name, c.cost, c.clicks
        FROM journeys_cost c JOIN journeys_costfile f ON f.id = c.file_id
        WHERE c.dimension = %s AND c.currency = %s AND c.day BETWEEN %s AND %s AND f.state = 'in force'
          AND (%s::text[] IS NULL OR c.brand = ANY(%s::text[]))
        ORDER BY c.day, c.name, c.brand, c.file_id DESC
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
    brands = sorted({line.brand for line in told if not line.refused})
    file = CostFile.objects.create(name=name[:200], refused=refused, actor=actor, brands=brands)
    rows = [
        Cost(file=file, day=line.day, dimension=line.dimension, name=line.name[:410], currency=line.currency,
             cost=line.cost, clicks=line.clicks, impressions=line.impressions, brand=line.brand)
        for line in told if not line.refused
    ]  # fmt: skip
    Cost.objects.bulk_create(rows, batch_size=BITE)
    return file


def brands_for(actor: User) -> Brands:
    """Whose costs somebody may hand in: who sees all brands, everybody's; else those of their own."""
    known, own = [one.word for one in Brand.objects.order_by("word")], brands_of(actor)
    if own is None or not known:
        return Brands(known)
    words = [one for one in known if one in own]
    return Brands(words, words[0] if len(words) == 1 else None)


def visible_files(actor: User) -> QuerySet[CostFile]:
    """The files that hold no costs of brands that somebody does not see."""
    own = brands_of(actor)
    return CostFile.objects.all() if own is None else CostFile.objects.filter(brands__contained_by=["", *sorted(own)])


def may_act(file: CostFile, actor: User) -> bool:
    """Whether a file counts for nobody but those whose costs somebody may hand in."""
    brands = brands_for(actor)
    return brands.unsaid == "" or set(file.brands) <= set(brands.words)


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


def spent(
    dimension: str, currency: str, since: date, until: date, brands: Iterable[str] | None = None
) -> dict[str, Spent]:
    """By name, what was spent. brands: by those, and by the whole business; None: by everybody."""
    borne_by = None if brands is None else ["", *sorted(brands)]
    with cursor() as sql:
        rows = sql.execute(IN_PERIOD, [dimension, currency, since, until, borne_by, borne_by]).fetchall()
    return {name: Spent(cost, int(clicks)) for name, cost, clicks in rows}


def per_conversion(cost: Decimal, conversions: float) -> Decimal | None:
    """What a conversion cost (CPA); None where there was none."""
    return cost / Decimal(str(conversions)) if conversions > 0 else None


def returned(cost: Decimal, value: Decimal) -> Decimal | None:
    """How often the cost came back as value (ROAS); None where nothing was spent."""
    return value / cost if cost else None
