"""A journey without what tells whose it is: what happened and when, and no word of theirs. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from crm.identity.kinds import Key
from crm.privacy.masking import Veil, masked
from journeys.interactions.models import Interaction
from journeys.timeline.entries import Done, Entry, Happened, Joined, Visit
from journeys.work.models import Deed

# What came with an interaction and is about what happened, not about who it was; everything else is left out.
KEPT = frozenset({
    "campaign", "currency", "device", "direction", "duration", "event", "is_automatic", "kind", "name", "outcome",
    "path", "products", "reactions", "referrer", "status", "title", "url", "value",
})  # fmt: skip
ADDRESSES = frozenset({"path", "referrer", "url"})
TITLES = {
    ("email", "in"): "E-mail from them",
    ("email", "out"): "E-mail to them",
    ("social", "in"): "Message from them",
    ("social", "out"): "Message to them",
}


def veiled(entries: Iterable[Entry], veil: Veil) -> list[Entry]:
    """Some entries, veiled."""
    return [veiled_entry(one, veil) for one in entries]


def veiled_entry(entry: Entry, veil: Veil) -> Entry:
    if isinstance(entry, Happened):
        return Happened(veiled_interaction(entry.interaction, veil))
    if isinstance(entry, Visit):
        return replace(entry, landing=veiled_data(entry.landing, veil), exit=veiled_data(entry.exit, veil))
    if isinstance(entry, Joined):
        keys = tuple(Key(one.kind, one.namespace.partition(":")[0], masked(one.value, one.kind)) for one in entry.keys)
        return replace(entry, keys=keys)
    return Done(veiled_deed(entry.deed))


def veiled_interaction(said: Interaction, veil: Veil) -> Interaction:
    """An interaction without words; of a page, with its title."""
    columns = (
        "id",
        "identifier_id",
        "via_id",
        "source_id",
        "channel",
        "kind",
        "direction",
        "occurred_at",
        "recorded_at",
    )
    plain = {name: getattr(said, name) for name in columns}
    title = veil.text(said.title) if said.channel == "web" else TITLES.get((said.channel, said.direction), "")
    return Interaction(**plain, key="", title=title, body="", data=veiled_data(said.data, veil))


def veiled_deed(deed: Deed) -> Deed:
    """What was done, without what was written of it."""
    columns = ("id", "at", "identifier_id", "kind", "row_id", "undone_at", "by")
    return Deed(**{name: getattr(deed, name) for name in columns}, said="")


def veiled_data(data: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
    """What came with it, of what is kept."""
    return {
        name: veil.address(str(value)) if name in ADDRESSES else veiled_value(value, veil)
        for name, value in data.items()
        if name in KEPT
    }


def veiled_value(value: Any, veil: Veil) -> Any:
    if isinstance(value, str):
        return veil.text(value)
    if isinstance(value, dict):
        return {name: veiled_value(inner, veil) for name, inner in value.items()}
    return [veiled_value(inner, veil) for inner in value] if isinstance(value, list) else value
