"""The calls of the last week, as if the door had been asked where they go: what was known of each, and what decided.

A history is told after the event, when nobody can be rung any more; so the door routes none of it.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from journeys.calls.gathering import refresh
from journeys.calls.known import facts_at, fit_to_keep
from journeys.calls.models import Call, Known
from journeys.calls.rota import read_rota
from journeys.calls.routing import decide

LATELY = timedelta(days=7)
KEPT = ("facts", "rule", "reason", "queue")


def route_last_week() -> int:
    """Decide them, by the rules that are live and with everybody ready; returns how many there are."""
    now, rota = timezone.now(), read_rota()
    calls = list(Call.objects.filter(rang_at__gte=now - LATELY, facts__isnull=True).order_by("rang_at", "pk"))
    refresh([one.customer_id for one in calls if one.customer_id], [])
    known = dict(Known.objects.filter(pk__in=[one.customer_id for one in calls]).values_list("pk", "facts"))
    rung = Counter[int | None](Call.objects.filter(rang_at__lt=now - LATELY).values_list("customer_id", flat=True))
    for call in calls:
        rung[call.customer_id] += 1
        facts = facts_then(known.get(call.customer_id or 0, {}), call, rung[call.customer_id])
        decision = decide(rota, facts, dict.fromkeys(rota.agents, call.rang_at))
        call.facts, call.reason, call.rule_id = fit_to_keep(facts), decision.reason, decision.rule
        call.queue_id = call.queue_id or decision.queue.id
    Call.objects.bulk_update(calls, KEPT)
    return len(calls)


def facts_then(kept: Mapping[str, Any], call: Call, calls: int) -> dict[str, Any]:
    """What was known when it rang: nothing that came after."""
    day = f"{call.rang_at:%Y-%m-%d}"
    days = {one: topics for one, topics in kept.get("days", {}).items() if one <= day}
    dated = {name: kept[name] for name in ("campaign", "abandoned") if is_before(kept.get(name), call.rang_at)}
    plain = {name: told for name, told in kept.items() if name not in ("days", "campaign", "abandoned")}
    facts = facts_at(plain | dated | {"days": days}, call.rang_at)
    line = "withheld" if not call.line else "known" if call.customer_id else "shared"
    return facts | {"calls": calls if call.line else 1, "line": line, "dialled": call.dialled or None}


def is_before(told: Any, at: datetime) -> bool:
    """Whether something dated, [what, when], had happened by then."""
    return bool(told) and datetime.fromisoformat(told[1]) <= at
