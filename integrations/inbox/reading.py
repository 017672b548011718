"""Reading deliveries: which adapter parses what a source sends."""

from collections.abc import Callable
from functools import partial

from crm.sources.models import Source
from integrations.adapter import Draft, Event
from integrations.errors import Unreadable
from integrations.inbox.models import ERASED, REST
from integrations.inbox.receiving import facts
from integrations.inbox.remaking import unpacked
from integrations.sources import SOURCES


def reader(source: Source) -> Callable[[Event], list[Draft]]:
    """How a source's events are parsed; what it needs is looked up once for a chunk."""
    adapter, told = SOURCES.get(source.adapter), facts(source)
    if adapter is None:
        return partial(unreadable, source.adapter)
    return lambda event: OWN[event.kind](event) if event.kind in OWN else adapter.parse(event, told)


def nothing(_: Event) -> list[Draft]:
    return []


def rest(event: Event) -> list[Draft]:
    return unpacked(event.body)


def unreadable(adapter: str, event: Event) -> list[Draft]:
    raise Unreadable(f"no adapter is called {adapter}; see manage.py add_source --help")


# Kinds of our own, whatever the adapter: what an erasure left.
OWN: dict[str, Callable[[Event], list[Draft]]] = {ERASED: nothing, REST: rest}
