"""Calls and what stands on a desk, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from crm.identity.models import Customer, Identifier
from journeys.calls.models import Agent, Call, Queue
from journeys.tests.factories import LANDLINE, annas_journey, call, recorded, source
from journeys.work.models import WrapChoice

MOBILE, HOME = "+447700900142", "+442920180142"


def anna() -> Customer:
    """Anna Whitfield, whose last visit was an hour ago."""
    return annas_journey(datetime.now(UTC) - timedelta(hours=1))


def ringing(line: str = MOBILE, agent: User | None = None, **facts: Any) -> Call:
    """A call that rings."""
    queue = Queue.objects.get_or_create(name="bahamas", defaults={"label": "Bahamas"})[0]
    takes = Agent.objects.get_or_create(user=agent, defaults={"presence": "ready"})[0] if agent else None
    identifier = Identifier.objects.filter(kind="phone", value=line).first()
    told = {"state": "ringing", "rang_at": datetime.now(UTC), "identifier": identifier, "queue": queue, "agent": takes,
            "reason": "6 Bahamas pages in 3 days: the Bahamas queue", "call_id": f"CA-{Call.objects.count()}",
            "source": source("phone line", "twilio", is_trusted=True)}  # fmt: skip
    return Call.objects.create(line=line, **(told | facts))


def ringing_at_home(agent: User | None = None) -> Call:
    """A call from the landline that Anna and Tom share, recorded as it rings."""
    anna()
    made = ringing(HOME, agent)
    recorded([call(made.rang_at, LANDLINE, key=made.call_id, status="ringing", outcome="ringing")], made.source)
    return made


def words() -> None:
    """The words that calls are wrapped up with; a test that flushes has lost those of the migration."""
    for kind, word, is_sale in (("reason", "quote", False), ("outcome", "sold", True), ("outcome", "solved", False)):
        WrapChoice.objects.get_or_create(
            kind=kind, word=word, defaults={"label": word.capitalize(), "is_sale": is_sale}
        )
