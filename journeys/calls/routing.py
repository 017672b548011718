"""The rules by which calls are sent somewhere, and why, in words. Pure: what is known is handed in.

Rules are asked in their order; the first whose conditions all hold decides. A rule that cannot be read is passed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from crm.identity.kinds import WALL
from journeys.calls.conditions import Facts, why

log = structlog.get_logger(__name__)

FALLBACK = "default"  # the queue's name where none was ever made
AS_USUAL = "where calls usually go"
TIMEOUT = 30  # seconds
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class QueueKnown:
    """A queue, as routing sees it."""

    id: int | None
    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class AgentKnown:
    """An agent, as routing sees them. words: what the phone system may call them; queues: ids."""

    id: int
    word: str
    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    queues: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, as routing sees it: queue, agent (ids) or skill at a level; then, after timeout seconds, next_queue."""

    id: int
    name: str
    conditions: Sequence[Mapping[str, Any]]
    queue: int | None = None
    agent: int | None = None
    skill: str = ""
    level: int = 1
    timeout: int = TIMEOUT
    next_queue: int | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Who and what calls can be sent to, and the rules in their order. brands: of the sources (ids) that have one."""

    queues: Mapping[int, QueueKnown] = field(default_factory=dict)
    agents: Mapping[int, AgentKnown] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    brands: Mapping[int, str] = field(default_factory=dict)

    def wall_of(self, source_id: int) -> str:
        """The namespace of the lines that call a source: "" where it is of no brand."""
        return f"{WALL}{self.brands[source_id]}" if source_id in self.brands else ""

    @property
    def default(self) -> QueueKnown:
        found = [queue for queue in self.queues.values() if queue.is_default]
        return found[0] if found else QueueKnown(None, FALLBACK, "default", True)

    def agent_called(self, word: str) -> AgentKnown | None:
        """The agent whom the phone system means."""
        folded = bare(word)
        return next((one for one in self.agents.values() if folded and folded in one.words), None)

    def queue_called(self, name: str) -> QueueKnown | None:
        return next((one for one in self.queues.values() if name and one.name == name.casefold()), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a call goes. rule: its id; next_queue: after timeout seconds unanswered."""

    queue: QueueKnown
    reason: str
    agent: AgentKnown | None = None
    rule: int | None = None
    timeout: int = TIMEOUT
    next_queue: QueueKnown | None = None


def bare(word: str) -> str:
    """What an agent is called, without the scheme and host of a softphone's address."""
    return word.strip().casefold().removeprefix("client:").removeprefix("sip:").partition("@")[0]


def decide(rota: Rota, facts: Facts, ready: Mapping[int, datetime]) -> Decision:
    """Where a call goes of which these facts are known. ready: since when each agent (id) is."""
    if found := chosen(rota.rules, facts):
        return sent(*found, rota, ready)
    return by_default(rota, AS_USUAL)


def chosen(rules: Sequence[Rule], facts: Facts) -> tuple[Rule, str] | None:
    """The first rule that holds, and why; None where none does."""
    for rule in rules:
        try:
            if reason := why(rule.conditions, facts):
                return rule, reason
        except Exception as error:  # whatever a rule holds, the call goes on to the next
            log.warning("calls.rule_failed", rule=rule.id, error=type(error).__name__)
    return None


def by_default(rota: Rota, reason: str) -> Decision:
    """The default queue, and why."""
    return Decision(rota.default, f"{reason}: {queue_word(rota.default)}"[:LONGEST_REASON])


def sent(rule: Rule, reason: str, rota: Rota, ready: Mapping[int, datetime]) -> Decision:
    """Where a rule that holds sends a call."""
    after = rota.queues.get(rule.next_queue or 0)
    made = Decision(after or rota.default, reason, rule=rule.id, timeout=rule.timeout, next_queue=after)
    if queue := rota.queues.get(rule.queue or 0):
        return said(replace(made, queue=queue), queue_word(queue))
    if rule.agent and (named := rota.agents.get(rule.agent)):
        if named.id in ready:
            return said(replace(made, agent=named), named.name)
        return said(made, f"{named.name} is not there, so {queue_word(made.queue)}")
    if rule.skill:
        return by_skill(rule, made, rota, ready)
    return said(made, queue_word(made.queue))


def by_skill(rule: Rule, made: Decision, rota: Rota, ready: Mapping[int, datetime]) -> Decision:
    """Whoever has been ready longest of those who know enough."""
    able = [one for one in rota.agents.values() if one.skills.get(rule.skill, 0) >= rule.level and one.id in ready]
    if not able:
        return said(made, f"nobody who knows {rule.skill} is ready, so {queue_word(made.queue)}")
    first = min(able, key=lambda one: (ready[one.id], one.id))
    return said(replace(made, agent=first), f"{first.name}, who knows {rule.skill}")


def said(made: Decision, where: str) -> Decision:
    """A decision, its reason told with where the call goes."""
    return replace(made, reason=f"{made.reason}: {where}"[:LONGEST_REASON])


def queue_word(queue: QueueKnown) -> str:
    return f"the {queue.label} queue"


def place_of(rule: Rule, rota: Rota) -> str:
    """Where a rule sends calls, in words; who is ready then is not known beforehand."""
    after = rota.queues.get(rule.next_queue or 0)
    then = f", after {rule.timeout} s {queue_word(after)}" if after else ""
    if queue := rota.queues.get(rule.queue or 0):
        return queue_word(queue) + then
    if rule.skill:
        level = f", level {rule.level} or better" if rule.level > 1 else ""
        return f"somebody who knows {rule.skill}{level}{then}"
    named = rota.agents.get(rule.agent or 0)
    return (named.name if named else "an agent who is not there") + then
