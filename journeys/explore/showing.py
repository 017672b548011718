"""What the pages and files of Explore show of what was found."""

from collections.abc import Sequence

from django.db.models import Q

from crm.asked import number_of
from crm.privacy.actors import Actor
from crm.profile.portraits import portraits_for
from crm.sources.models import Source
from crm.sql import cursor
from journeys.explore.asking import Asked
from journeys.explore.columns import Shown
from journeys.explore.finding import Found, Owned, find
from journeys.explore.lanes import everything, planned
from journeys.explore.orders import SORTS
from journeys.explore.places import Place
from journeys.explore.wanted import Wanted
from journeys.listening.models import Mood

PAGE = 50
TABLE_SIZE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE relname = 'journeys_interaction'"


def wanted_of(asked: Asked) -> Wanted:
    """What an address looks for."""
    told = dict(asked.told)
    channel, source, direction = (str(told.pop(name, "")) for name in ("channel", "source", "direction"))
    told.pop("since", None)
    told.pop("until", None)
    plain = by_source(source) & (Q(direction=direction) if direction else Q())
    order, is_up, _ = SORTS[asked.sort]
    return Wanted(told, plain, channel, asked.starts, asked.ends, is_up, asked.is_by_customer, order)


def page_of(asked: Asked, actor: Actor, before: Place | None = None, limit: int = PAGE) -> Found:
    return find(wanted_of(asked), actor, before or asked.before, limit)


def by_source(number: str) -> Q:
    """Of one source; of none, where there cannot be such a number."""
    return Q(source=number_of(number) or 0) if number else Q()


def shown(rows: Sequence[Owned], actor: Actor) -> list[Shown]:
    """What was found, with the names of customers and sources, and how it felt."""
    people = portraits_for(actor, {one.customer_id for one in rows})
    sources = dict(Source.objects.filter(pk__in={one.said.source_id for one in rows}).values_list("pk", "name"))
    felt = dict(Mood.objects.filter(interaction__in=[one.said.pk for one in rows]).values_list("interaction", "value"))
    return [
        Shown(
            one.said, one.customer_id, people[one.customer_id].public_id, people[one.customer_id].name,
            sources.get(one.said.source_id, ""), felt.get(one.said.pk),
        )
        for one in rows
        if one.customer_id in people
    ]  # fmt: skip


def estimate(asked: Asked) -> int:
    """About how many interactions have what is asked: what PostgreSQL expects, without looking at one of them."""
    wanted = wanted_of(asked)
    if not asked.told:
        with cursor() as sql:
            row = sql.execute(TABLE_SIZE).fetchone()
        return int(row[0]) if row else 0
    return planned(wanted.narrow(wanted.days.of(everything())))


def rounded(count: int) -> int:
    """A number to two figures: more would look like knowledge."""
    figures = len(str(count)) - 2
    return round(count, -figures) if figures > 0 else count
