"""What of a journey may be seen, and what of it is only to know: the rules of disclosure, entry by entry. Pure."""

from collections.abc import Iterable

from django.db.models import Q, Value
from django.db.models.lookups import IRegex

from crm.json_text import json_text
from crm.privacy.disclosure import Disclosure, Judged, Origin, Tact
from journeys.interactions.models import Interaction
from journeys.interactions.words import EVERY_WORD
from journeys.timeline.entries import Done, Entry, Happened, Joined, Visit

ROWS = {
    Origin.OBSERVED: Q(channel="web"),
    Origin.OURS: Q(~Q(channel="web"), direction="out"),
    Origin.TOLD: ~Q(channel="web") & ~Q(direction="out"),
}


def seemly(entries: Iterable[Entry], tact: Tact) -> list[Entry]:
    """The entries that are not hidden."""
    return [one for one in entries if judged(one, tact).disclosure != Disclosure.HIDDEN]


def judged(entry: Entry, tact: Tact) -> Judged:
    """What may be done with an entry."""
    if isinstance(entry, Happened):
        return judged_interaction(entry.interaction, tact)
    if isinstance(entry, Visit):
        return tact.judge(Origin.OBSERVED, *map(json_text, (entry.landing, entry.exit)))
    if isinstance(entry, Joined):
        return Judged(Disclosure.SAYABLE)
    return tact.judge(Origin.OURS, entry.deed.said) if isinstance(entry, Done) else Judged(Disclosure.HIDDEN)


def judged_interaction(said: Interaction, tact: Tact) -> Judged:
    """What may be done with an interaction."""
    return tact.judge(origin_of(said), said.title, said.body, json_text(said.data))


def is_hidden(said: Interaction, tact: Tact) -> bool:
    """Whether an interaction must not be seen."""
    return judged_interaction(said, tact).disclosure == Disclosure.HIDDEN


def hidden_rows(tact: Tact) -> Q:
    """The interactions that must not be seen, as the database finds them."""
    found = Q(pk__in=[])
    for origin, rows in ROWS.items():
        if tact.classes.get(origin) == Disclosure.HIDDEN:
            found |= rows
    return found | Q(IRegex(EVERY_WORD, Value(tact.unsearchable))) if tact.unsearchable else found


def origin_of(said: Interaction) -> Origin:
    if said.channel == "web":
        return Origin.OBSERVED
    return Origin.OURS if said.direction == "out" else Origin.TOLD
