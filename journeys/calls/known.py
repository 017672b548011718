"""What routing may ask of a customer, computed before they call: a row of facts for each, kept as they go. Pure.

Kept facts: {"days": {"2026-11-27": {"": pages, topic: pages about it}}, "campaign" and "abandoned": [what, when],
"value", "currency", "language", "last_agent", "open_case", "mood", "calls": how many}.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

LOOKED_BACK = timedelta(days=3)
GIVEN_UP = timedelta(days=7)  # a step given up longer ago is no reason to call
DATED = {"campaign": timedelta(days=30), "abandoned": GIVEN_UP}
PLAIN = ("value", "currency", "language", "last_agent", "open_case", "mood")
TOPICS_KEPT = 40  # with a call
Kept = Mapping[str, Any]


def combined(kept: Sequence[Kept]) -> dict[str, Any]:
    """The facts of one person that are kept under several customers: a known one, and the browser they just used."""
    if len(kept) == 1:
        return dict(kept[0])
    found: dict[str, Any] = {"days": {}, "calls": sum(one.get("calls", 0) for one in kept)}
    for one in kept:
        for day, topics in one.get("days", {}).items():
            into = found["days"].setdefault(day, {})
            for topic, count in topics.items():
                into[topic] = into.get(topic, 0) + count
        found |= {name: one[name] for name in PLAIN if one.get(name) is not None}
    for name in DATED:
        if said := [one[name] for one in kept if one.get(name)]:
            found[name] = max(said, key=lambda pair: str(pair[1]))
    return found


def facts_at(kept: Kept, now: datetime) -> dict[str, Any]:
    """What rules may ask of a customer when they call at this time."""
    found: dict[str, Any] = {name: kept[name] for name in PLAIN if kept.get(name) is not None}
    pages: dict[str, int] = {}
    since = (now - LOOKED_BACK).date()
    for day, topics in kept.get("days", {}).items():
        if date.fromisoformat(day) >= since:
            for topic, count in topics.items():
                pages[topic] = pages.get(topic, 0) + count
    found |= {"pages_in_all": pages.pop("", 0), "pages": pages, "calls": kept.get("calls", 0) + 1}
    for name, age in DATED.items():
        what, at = kept.get(name) or ("", "")
        if what and now - datetime.fromisoformat(at) <= age:
            found[name] = what
    return found


def fit_to_keep(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What rules could ask of a call, as it is kept with it: what is known, of pages the topics most looked at."""
    told = {name: value for name, value in facts.items() if value not in (None, {}, "")}
    pages = facts.get("pages", {})
    if len(pages) > TOPICS_KEPT:
        told["pages"] = dict(sorted(pages.items(), key=lambda one: -one[1])[:TOPICS_KEPT])
    return told
