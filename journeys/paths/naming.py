"""The numbers of steps. There are only so many of a kind: whatever is called otherwise then, is another one."""

from collections import Counter
from collections.abc import Collection

from crm.sql import array, cursor
from journeys.paths.models import Step
from journeys.paths.stepping import Named

MOST = 3_000  # steps of a kind
OTHER = "(other)"
UNUSED = """
    DELETE FROM journeys_step s WHERE s.id = ANY(%s::bigint[])
      AND NOT EXISTS (SELECT FROM journeys_packedhits p WHERE p.used @> to_jsonb(s.id))
"""


def numbers_of(named: Collection[Named]) -> dict[Named, int]:
    """The number of each step; those that are new are made. Only one at a time makes any."""
    known = {Named(*told): number for number, *told in Step.objects.values_list("pk", "channel", "kind", "name")}
    taken = Counter(one.kind for one in known)
    wanted: dict[Named, Named] = {}
    for one in sorted(set(named) - set(known)):
        taken[one.kind] += 1
        wanted[one] = one if taken[one.kind] <= MOST else one._replace(name=OTHER)
    made = Step.objects.bulk_create(Step(**one._asdict()) for one in sorted(set(wanted.values()) - set(known)))
    known |= {Named(one.channel, one.kind, one.name): one.pk for one in made}
    return {one: known[wanted.get(one, one)] for one in named}


def drop_unused(steps: Collection[int]) -> None:
    """Remove those of the steps that no day has any more."""
    if steps:
        with cursor() as sql:
            sql.execute(UNUSED, [array(steps)])
