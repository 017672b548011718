"""Random histories of sightings and decisions, and the state they end in: what proves that every undo is exact."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from crm.errors import ThroughlineError
from crm.identity.kinds import Key
from crm.identity.merging import keep_apart, made, merge_all, settle
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.regrouping import regroup
from crm.identity.resolving import Sighting, enrol, observe
from crm.identity.splitting import split
from crm.identity.undoing import undo, undoable
from crm.profile.asserting import Asserted, assert_traits
from crm.sources.models import Source
from crm.sql import kept_plans

NAMES = ("Anna", "Ann", "Tom", "Elizabeth", "Liz")
AT = datetime(2026, 11, 1, tzinfo=UTC)
State = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One event: identifiers that came together, and perhaps a name asserted about the first of them."""

    keys: tuple[Key, ...]
    is_verified: bool = False
    name: str = ""


@dataclass(slots=True)
class History:
    """What happened, in its order. steps: an event, or the name of a decision that the dice take then."""

    steps: list[Seen | str] = field(default_factory=list)
    seed: int = 0

    @property
    def events(self) -> list[Seen]:
        return [step for step in self.steps if isinstance(step, Seen)]


def random_history(seed: int, length: int = 14) -> History:
    """A history of a few people who share much: login ids of one source, a switchboard, contradicting names."""
    dice = random.Random(seed)
    steps: list[Seen | str] = [random_event(dice) for _ in range(4)]
    for _ in range(length):
        decision = dice.choice(("merge", "merge", "split", "apart", "undo"))
        steps.append(random_event(dice) if dice.random() < 0.45 else decision)
    return History(steps, seed)


def random_event(dice: random.Random) -> Seen:
    keys = sorted({random_key(dice) for _ in range(dice.choice((1, 2, 2, 3)))}, key=lambda key: (key.rank, key))
    return Seen(tuple(keys), dice.random() < 0.4, dice.choice(NAMES) if dice.random() < 0.3 else "")


def random_key(dice: random.Random) -> Key:
    kind = dice.choice(("login", "record", "email", "email", "phone", "cookie", "cookie"))
    if kind == "phone" and dice.random() < 0.5:
        return Key("phone", "", "+440000")  # everybody's: it becomes shared
    space = "" if kind in ("email", "phone") else "shop"
    return Key(kind, space, f"{kind}-{dice.randrange(6)}")


@transaction.atomic
def happen(seen: Seen, source: Source) -> None:
    """What the live path does with an event."""
    known = enrol(set(seen.keys))
    changed = observe([Sighting(seen.keys, source.pk, seen.is_verified, "k")], known)
    if seen.name:
        changed |= assert_traits([Asserted(known[seen.keys[0]].id, source.pk, "given_name", seen.name, AT)])
    regroup(changed, "observed")


# Decisions


def decide(word: str, dice: random.Random) -> None:
    """Take one decision at random, as staff might; what the rules refuse is left."""
    try:
        DECISIONS[word](dice)
    except ThroughlineError:
        return


def some_merge(dice: random.Random) -> None:
    customers = list(Customer.objects.filter(identifiers__isnull=False).distinct().order_by("pk"))
    if len(customers) > 1:
        merge_all(dice.sample(customers, min(len(customers), dice.choice((2, 2, 3)))), None)


def some_split(dice: random.Random) -> None:
    groups: dict[int, list[int]] = {}
    for pk, customer in Identifier.objects.order_by("pk").values_list("pk", "customer_id"):
        groups.setdefault(customer, []).append(pk)
    large = [(customer, members) for customer, members in groups.items() if len(members) > 1]
    if large:
        customer, members = dice.choice(large)
        leaving = dice.sample(members, dice.randrange(1, len(members)))
        split(Customer.objects.get(pk=customer), leaving, None)


def some_apart(dice: random.Random) -> None:
    identifiers = list(Identifier.objects.order_by("pk"))
    if len(identifiers) > 1:
        a, b = dice.sample(identifiers, 2)
        keep_apart(a, b, None)


def some_undo(dice: random.Random) -> None:
    """Undo one decision, whichever: an undoing too."""
    left = decisions_left()
    if left:
        undo(dice.choice(left), None)


DECISIONS: dict[str, Callable[[random.Random], None]] = {
    "merge": some_merge, "split": some_split, "apart": some_apart, "undo": some_undo,
}  # fmt: skip


def decisions_left() -> list[IdentityEvent]:
    """The decisions of which something stands, or can be put back, the oldest first."""
    events = list(IdentityEvent.objects.filter(cause__startswith="staff.").order_by("pk"))
    left = undoable(events)
    return [event for event in events if event.pk in left]


def undo_everything(dice: random.Random) -> None:
    """Take back everything that staff ever said, in any order."""
    numbers = list(Link.objects.standing().filter(basis=Link.Basis.STAFF).values_list("pk", flat=True))
    dice.shuffle(numbers)
    for event in shuffled(decisions_left(), dice):
        if event.cause != "staff.withdrawn" and set(event.links) & set(numbers):
            undo_if_left(event)


def undo_if_left(event: IdentityEvent) -> None:
    try:
        undo(event, None)
    except ThroughlineError:
        return


def shuffled(events: Sequence[IdentityEvent], dice: random.Random) -> list[IdentityEvent]:
    return dice.sample(list(events), len(events))


# What is compared


def state() -> State:
    """Who belongs to whom, what is shared, where every old id leads, and which links stand and which are held.

    Row numbers differ between two runs of one history, so identifiers stand for themselves and for their customers.
    """
    names = {one.origin_id: (one.kind, one.namespace, one.value) for one in Identifier.objects.all()}
    keys = {one.pk: names[one.origin_id] for one in Identifier.objects.all()}
    owners = sorted((keys[one.pk], names[one.customer_id], one.shared) for one in Identifier.objects.all())
    links = sorted(
        (*sorted((keys[link.a_id], keys[link.b_id])), link.verdict, link.basis, link.is_verified, link.held)
        for link in Link.objects.standing()
    )
    return (*owners, *links)


def staff_links() -> list[tuple[Key, Key, str]]:
    """What staff say now: (identifier, identifier, verdict)."""
    standing = Link.objects.standing().filter(basis=Link.Basis.STAFF).select_related("a", "b")
    return [(key_of(link.a), key_of(link.b), link.verdict) for link in standing]


def key_of(one: Identifier) -> Key:
    return Key(one.kind, one.namespace, one.value)


def rule_all(verdicts: Iterable[tuple[Key, Key, str]]) -> None:
    """Give these verdicts, and no others."""
    known = {key_of(one): one for one in Identifier.objects.all()}
    settle([made(known[a], known[b], verdict, None)[0] for a, b, verdict in verdicts], "staff.same", None)


def live(history: History, source: Source) -> None:
    """Let a history happen, decisions and all."""
    dice = random.Random(history.seed)
    for step in history.steps:
        if isinstance(step, Seen):
            happen(step, source)
        else:
            decide(step, dice)


def differences(history: History, source: Source) -> list[str]:
    """What is wrong with the undoing in one history: nothing. Everything is rolled back.

    In the middle, the state equals that of a world in which what was undone was never decided; in the end, with all
    undone, that of one in which nothing was. No customer is left with a wrong id.
    """
    found: list[str] = []
    with transaction.atomic(), kept_plans():
        live(history, source)
        middle, verdicts = state(), staff_links()
        undo_everything(random.Random(history.seed + 1))
        end, left = state(), staff_links()
        transaction.set_rollback(True)
    with transaction.atomic(), kept_plans():
        for seen in history.events:
            happen(seen, source)
        if state() != end:
            found.append(f"history {history.seed}: with all undone, it is not as if nothing had been decided")
        rule_all(verdicts)
        if state() != middle:
            found.append(f"history {history.seed}: what was undone left a trace")
        transaction.set_rollback(True)
    return found + ([f"history {history.seed}: something could not be undone"] if left else [])
