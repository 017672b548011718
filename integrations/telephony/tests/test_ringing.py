"""A call rings: the phone system hears where it goes, whatever it is and whatever is wrong."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
import pytest

from crm.identity.models import Identifier
from crm.sources.models import Source
from integrations.inbox import answering
from integrations.inbox.draining import drain_all
from integrations.inbox.models import Delivery
from integrations.inbox.tests.asking import ask
from integrations.telephony.tests.ringing import LINE, phone_system, said, signed, tell, tell_at_once
from integrations.tracking.leasing import lease
from integrations.tracking.pooling import fill
from journeys.calls.models import Agent, Call, Known, Queue, RoutingRule
from journeys.interactions.drafts import Seen
from journeys.interactions.models import Interaction
from journeys.tests.factories import ANNA, LANDLINE, TOM, identify, page, recorded, user
from journeys.tests.factories import source as made_source

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints go nowhere, and a slow machine is no finding here: these tests are about what is answered."""
    monkeypatch.setattr("integrations.inbox.door.hint", lambda: None)
    monkeypatch.setattr("integrations.inbox.answering.PATIENCE", 5.0)


@pytest.fixture
def pbx() -> Source:
    return phone_system()


@pytest.fixture
def queues() -> dict[str, Queue]:
    return {
        "general": Queue.objects.create(name="general", label="General", is_default=True),
        "bahamas": Queue.objects.create(name="bahamas", label="Bahamas"),
    }


@pytest.fixture
def priya() -> Agent:
    return Agent.objects.create(user=user("agent", "priya"), extension="204", skills={"bahamas": 4}, presence="ready")


def rule(position: int = 1, conditions: Any = (), **where: Any) -> RoutingRule:
    return RoutingRule.objects.create(
        position=position, name=f"rule {position}", conditions=list(conditions), is_live=True, **where
    )


def known(customer_id: int, **facts: Any) -> None:
    Known.objects.create(customer_id=customer_id, facts=facts, refreshed_at=datetime.now(UTC))


def six_bahamas_pages() -> dict[str, Any]:
    return {"days": {f"{datetime.now(UTC):%Y-%m-%d}": {"": 8, "bahamas": 6}}}


def test_the_answer_to_a_ringing_call_says_where_it_goes_and_nothing_else(pbx: Source, queues: Any) -> None:
    answer = tell(pbx)
    assert answer.status == 200
    assert answer.json() == {
        "queue": "general", "agent": None, "reason": "where calls usually go: the General queue", "customer": None,
        "confidence": 0.0, "timeout": 30, "next_queue": None,
    }  # fmt: skip


def test_a_customer_who_looked_at_the_bahamas_goes_to_who_knows_the_bahamas(
    pbx: Source, queues: Any, priya: Agent
) -> None:
    recorded([identify(NOON, Seen("login", "4711"), Seen("phone", LINE), **ANNA)], made_source(is_trusted=True))
    anna = Identifier.objects.get(kind="phone").customer
    known(anna.pk, **six_bahamas_pages())
    about = [{"fact": "pages", "about": "Bahamas", "is": "at least", "value": 3}]
    rule(conditions=about, skill="bahamas", level=3, next_queue=queues["bahamas"])
    answer = tell(pbx).json()
    assert answer["agent"] == "204"
    assert answer["reason"] == "6 Bahamas pages in 3 days: priya, who knows bahamas"
    assert answer["customer"] == str(anna.public_id)
    assert answer["confidence"] == 0.95
    call = Call.objects.get()
    assert (call.customer, call.agent, call.state, call.line) == (anna, priya, "ringing", LINE)


def test_the_rule_says_how_long_and_what_comes_next(pbx: Source, queues: Any) -> None:
    rule(queue=queues["general"], timeout=25, next_queue=queues["bahamas"])
    answer = tell(pbx).json()
    assert (answer["queue"], answer["timeout"], answer["next_queue"]) == ("general", 25, "bahamas")


def test_what_was_known_of_a_call_is_kept_with_it_once(pbx: Source, queues: Any) -> None:
    recorded([identify(NOON, Seen("login", "4711"), Seen("phone", LINE), **ANNA)], made_source(is_trusted=True))
    anna = Identifier.objects.get(kind="phone").customer
    days = {f"{datetime.now(UTC):%Y-%m-%d}": {"": 99, "bahamas": 6} | {f"topic {n}": 1 for n in range(60)}}
    known(anna.pk, days=days, mood=-0.4)
    tell(pbx)
    facts = Call.objects.get().facts or {}
    assert (facts["pages"]["bahamas"], facts["pages_in_all"], facts["mood"]) == (6, 99, -0.4)
    assert (facts["line"], facts["calls"], len(facts["pages"])) == ("known", 1, 40)
    Known.objects.update(facts={"mood": 0.9})
    tell(pbx, agent="204")
    tell(pbx, event="ended", duration=4)
    drain_all()
    assert Call.objects.get().facts == facts


def test_of_a_call_that_no_rule_was_asked_of_nothing_is_kept(pbx: Source, queues: Any) -> None:
    tell(pbx, event="ended", duration=4)
    drain_all()
    assert Call.objects.filter(facts__isnull=True).count() == 1


def test_nobody_who_knows_is_ready_so_the_next_step_takes_it(pbx: Source, queues: Any, priya: Agent) -> None:
    rule(skill="bahamas", level=5, next_queue=queues["bahamas"])
    answer = tell(pbx).json()
    assert (answer["agent"], answer["queue"]) == (None, "bahamas")
    assert "nobody who knows bahamas is ready" in answer["reason"]


def test_a_named_agent_who_is_away_is_passed_over(pbx: Source, queues: Any, priya: Agent) -> None:
    Agent.objects.update(presence="away")
    rule(agent=priya, next_queue=queues["bahamas"])
    assert tell(pbx).json()["reason"] == "every call: priya is not there, so the Bahamas queue"


def test_two_calls_at_once_are_not_proposed_to_one_agent(pbx: Source, queues: Any, priya: Agent) -> None:
    rule(skill="bahamas")
    assert [tell(pbx, call_id).json()["agent"] for call_id in ("c-1", "c-2")] == ["204", None]


def test_a_shared_line_names_nobody_and_offers_everybody(pbx: Source, queues: Any) -> None:
    people = [
        identify(NOON, Seen("login", "4711"), LANDLINE, **ANNA),
        identify(NOON, Seen("login", "4712"), LANDLINE, **TOM),
    ]
    recorded(people, made_source(is_trusted=True))
    answer = tell(pbx, line="029 2018 0142").json()
    assert (answer["customer"], answer["confidence"]) == (None, 0.0)
    ids = {str(Identifier.objects.get(value=value).customer.public_id) for value in ("4711", "4712")}
    call = Call.objects.get()
    assert {one["customer"] for one in call.candidates} == ids
    assert call.customer is None


def test_ringing_twice_is_one_call_and_one_answer(pbx: Source, queues: Any, priya: Agent) -> None:
    rule(skill="bahamas")
    first, second = tell(pbx), tell(pbx, at=int(datetime.now(UTC).timestamp()))
    assert first.json() == second.json()
    assert Call.objects.count() == 1


def test_two_calls_with_one_id_are_one(pbx: Source, queues: Any) -> None:
    tell(pbx)
    tell(pbx, line="+447700900999")
    drain_all()
    assert Call.objects.get().line == LINE
    assert Interaction.objects.filter(channel="call").count() == 1


def test_two_phone_systems_may_give_their_calls_one_id(pbx: Source, queues: Any) -> None:
    other = phone_system("pbx in Leeds")
    tell(pbx)
    tell(other, line="+447700900999")
    tell(pbx, event="ended", duration=12)
    drain_all()
    known = Call.objects.order_by("pk").values_list("source_id", "line", "state")
    assert list(known) == [(pbx.pk, LINE, "ended"), (other.pk, "+447700900999", "ringing")]
    assert Interaction.objects.filter(channel="call").count() == 2


def test_a_call_that_ended_before_it_rang_has_ended(pbx: Source, queues: Any) -> None:
    tell(pbx, event="ended", duration=61)
    assert tell(pbx).json()["queue"] == "general"
    assert Call.objects.get().state == "ended"
    drain_all()
    assert Call.objects.get().state == "ended"


def test_one_call_told_of_by_many_at_once_is_one(pbx: Source, queues: Any) -> None:
    told = [said(at=NOON.timestamp() + number) for number in range(12)]
    answers = asyncio.run(tell_at_once(pbx, told))
    assert {answer.body for answer in answers} == {answers[0].body}
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    "caller",
    ["anonymous", "", "unknown", "+266696687", "+1000", "204", "sip:alice@pbx.example", "9" * 10_000,
     "sip:" + "x" * 9_000, "\x00", "+44\x00", "'; DROP TABLE", "🙂"],
)  # fmt: skip
def test_a_caller_without_a_number_is_routed_and_is_nobody(pbx: Source, queues: Any, caller: str) -> None:
    answer = tell(pbx, line=caller)
    assert answer.status == 200
    assert (answer.json()["queue"], answer.json()["customer"]) == ("general", None)
    drain_all()
    assert Call.objects.get().line == ""
    assert Interaction.objects.get().identifier.kind == "once"


def test_a_sip_address_with_a_number_gives_the_number(pbx: Source, queues: Any) -> None:
    tell(pbx, line=f'"Anna" <sip:{LINE}@a-rather-long-name-of-a-phone-system.example;transport=tls>')
    drain_all()
    assert Call.objects.get().line == Identifier.objects.get(kind="phone").value == LINE


def test_answered_and_ended_move_the_agent_along(pbx: Source, queues: Any, priya: Agent) -> None:
    tell(pbx)
    tell(pbx, event="answered", agent="204")
    priya.refresh_from_db()
    assert (priya.presence, Call.objects.get().agent) == ("on_call", priya)
    tell(pbx, event="ended", duration=40)
    priya.refresh_from_db()
    assert (priya.presence, Call.objects.get().state) == ("wrap_up", "ended")


def test_who_talks_goes_on_to_when_another_call_of_theirs_ends(pbx: Source, queues: Any, priya: Agent) -> None:
    tell(pbx, "1", agent="204")
    tell(pbx, "2", agent="204")
    tell(pbx, "2", event="answered", agent="204")
    tell(pbx, "1", event="ended", outcome="missed")
    priya.refresh_from_db()
    assert priya.presence == "on_call"
    tell(pbx, "2", event="ended", duration=40)
    priya.refresh_from_db()
    assert priya.presence == "wrap_up"


def test_who_wrapped_up_while_the_caller_still_talked_is_ready_when_it_ends(
    pbx: Source, queues: Any, priya: Agent
) -> None:
    tell(pbx)
    tell(pbx, event="answered", agent="204")
    Call.objects.update(wrapped_at=datetime.now(UTC))
    tell(pbx, event="ended", duration=40)
    priya.refresh_from_db()
    assert priya.presence == "ready"


def test_whoever_takes_the_call_is_its_agent_whatever_was_proposed(pbx: Source, queues: Any, priya: Agent) -> None:
    tom = Agent.objects.create(user=user("agent", "tom"), extension="205", presence="ready")
    rule(skill="bahamas")
    tell(pbx)
    tell(pbx, event="answered", agent="205")
    tell(pbx, at=NOON.timestamp(), agent="204")  # late news
    assert Call.objects.get().agent == tom


def test_a_call_that_only_the_drain_knows_of_is_a_call_too(
    pbx: Source, queues: Any, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: Any) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(answering, "ring", killed)
    monkeypatch.setattr(answering, "note", killed)
    for event, more in (("ended", {"duration": 40}), ("answered", {"agent": "204"}), ("ringing", {})):
        tell(pbx, event=event, **more)
    assert not Call.objects.exists()
    drain_all()
    call = Call.objects.get()
    assert (call.state, call.agent, call.line) == ("ended", priya, LINE)
    assert call.identifier.value == LINE
    assert call.seconds(datetime.now(UTC)) is not None


def test_a_replay_after_an_hour_is_refused_and_says_why(pbx: Source, queues: Any) -> None:
    answer = tell(pbx, age=3_600)
    assert answer.status == 403
    assert "it is replayed, or a clock is wrong" in answer.json()["error"]
    assert not Call.objects.exists()


def test_a_replay_at_once_is_a_duplicate(pbx: Source, queues: Any) -> None:
    body = orjson.dumps(said())
    headers = signed(pbx, body)
    first, second = (ask(pbx.endpoint, body, headers=headers) for _ in range(2))
    assert first.body == second.body
    assert Delivery.objects.count() == 1


def test_a_rule_that_cannot_be_read_is_passed_over(pbx: Source, queues: Any) -> None:
    rule(1, [{"fact": "shoe size", "is": "at least", "value": 9}], queue=queues["bahamas"])
    rule(2, [{"fact": "calls", "is": "at least", "value": "many"}], queue=queues["bahamas"])
    rule(3, ["nonsense"], queue=queues["bahamas"])
    rule(4, [{"fact": "calls", "is": "at least", "value": 1}], queue=queues["bahamas"])
    assert tell(pbx).json()["reason"] == "their 1st call: the Bahamas queue"


def test_without_the_database_the_default_route_is_given(pbx: Source, queues: Any, monkeypatch: Any) -> None:
    Queue.objects.filter(is_default=True).update(name="reception")

    async def away(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("the database is away")

    async def scene() -> tuple[dict[str, Any], dict[str, Any]]:
        from integrations.inbox import door
        from integrations.inbox.tests.asking import answered

        async def ring(call_id: str) -> Any:
            body = orjson.dumps(said(call_id))
            return (await answered(pbx.endpoint, body, "POST", signed(pbx, body), "")).json()

        before = await ring("c-1")
        mine = door.doors[asyncio.get_running_loop()]
        await mine.writer.disconnect()
        await mine.exchange.close()
        mine.exchange.pool = None
        monkeypatch.setattr(psycopg.AsyncConnection, "connect", away)
        monkeypatch.setattr(answering, "PATIENCE", 0.1)
        try:
            return before, await ring("c-2")
        finally:
            monkeypatch.undo()
            await mine.close()

    before, after = asyncio.run(scene())
    assert before["queue"] == after["queue"] == "reception"
    assert "routing was not possible" in after["reason"]


def test_a_slow_database_gives_the_default_route_in_time(
    pbx: Source, queues: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(answering, "ring", slow)
    monkeypatch.setattr(answering, "PATIENCE", 0.05)
    assert "routing was not possible" in tell(pbx).json()["reason"]
    drain_all()
    assert Call.objects.get().line == LINE


def test_a_visitor_who_rings_the_number_on_the_page_is_known_while_it_rings(pbx: Source, queues: Any) -> None:
    site = made_source("website")
    now = datetime.now(UTC)
    recorded([page(now, "Bahamas", Seen("cookie", "c-anna"))], site)
    pool = fill(site, ["+441632960101"], "+441632960000", hold=600, target=0.01)
    pool.numbers.update(held_until=now - timedelta(days=1))
    shown = lease(pool, "c-anna", {}, now - timedelta(seconds=60))
    visitor = Identifier.objects.get(kind="cookie").customer
    known(visitor.pk, **six_bahamas_pages())
    rule(conditions=[{"fact": "pages", "about": "bahamas", "is": "at least", "value": 6}], queue=queues["bahamas"])
    answer = tell(pbx, to=shown.number).json()
    assert (answer["customer"], answer["queue"]) == (str(visitor.public_id), "bahamas")
    assert answer["confidence"] >= 0.99
    made = Call.objects.get()
    assert (made.visitor, made.visitor_namespace) == ("c-anna", site.namespace)
