"""What erasing links does to those who stay: they are folded anew, without what was erased."""

from collections.abc import Collection

from crm.identity import causes
from crm.identity.models import Link
from crm.identity.regrouping import regroup, wait_for_turn


def fold_neighbours(links: Collection[int], erased: Collection[int]) -> None:
    """Take links (ids) away, and fold whoever stays at their ends: what was shared or held because
    of them may not be any more."""
    wait_for_turn()
    ends = Link.objects.filter(pk__in=links).values_list("a", "b")
    seeds = {end for pair in ends for end in pair} - set(erased)
    Link.objects.filter(pk__in=links)._raw_delete("default")
    regroup(seeds, causes.ERASED)
