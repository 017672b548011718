"""What has to be told, from what was told and what is to be known. Pure.

Each turn of a conversion is a story: it was told (number 0), then changed. What a vendor refused, and what never went
out, they do not know of; of what went out without an answer they may. The next turn begins once the one before was
taken back. What is pending they accepted, and say later what became of it: nothing is told of it until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from integrations.uploads.deciding import ALL_BACK, CANCELLED, GIVEN_BACK, NO_CLICK, NO_CONSENT, OTHER_BRAND, Told, Wish

WAITING, PENDING, SENT, REFUSED = "waiting", "pending", "sent", "refused"
LEFT_OUT, UNSURE, FAILED = "left out", "unsure", "failed"
MADE, TAKEN_BACK, RESTATED = "made", "taken back", "restated"
MAY_BE_THERE = (PENDING, SENT, UNSURE, FAILED)
ANOTHER, AS_BEFORE = "it belongs to another click", "it is as it was told again"
UNHEARD = "they do not know of the conversion"
UNDOES = frozenset(
    {ALL_BACK, CANCELLED, GIVEN_BACK, NO_CLICK, NO_CONSENT, OTHER_BRAND}
)  # what was told is taken back for these


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be written. pk: the upload that is changed, 0: a new one; of: the one that it changes."""

    pk: int
    turn: int
    number: int
    what: str
    state: str
    why: str = ""
    value: Decimal = Decimal(0)
    before: Decimal = Decimal(0)
    wish: Wish | None = None
    of: Told | None = None


def steps(told: Sequence[Told], wish: Wish) -> list[Step]:
    """What is to be done so that the vendor knows what is wished. told: of one conversion and destination, in order."""
    last = max((one.turn for one in told), default=0)
    turn = [one for one in told if one.turn == last]
    if not turn:
        return [first(0, 1, wish)]
    if turn[-1].state == PENDING:
        return []  # looked at again once they said what became of it
    known = standing(turn)
    if known is None:
        return begun(turn, wish)
    if wish.why and wish.why not in UNDOES:
        return [stopped_for(wish.why, one) for one in turn if one.state == WAITING]
    return revised(turn, wish, known)


def as_kept(wish: Wish, told: Sequence[Told]) -> Wish:
    """What is wished of whoever keeps the click that a conversion was told by: it stays by that."""
    made = next((one for one in reversed(told) if one.number == 0 and one.state in MAY_BE_THERE), None)
    if made is None or wish.why:
        return wish
    return replace(wish, click=made.click, call=made.call, action=made.action)


def standing(turn: Sequence[Told]) -> Decimal | None:
    """The value that a vendor may know of; None where they know of nothing."""
    if turn[0].state not in MAY_BE_THERE:
        return None
    value: Decimal | None = turn[0].value
    for one in turn[1:]:
        if one.state in MAY_BE_THERE:
            value = None if one.what == TAKEN_BACK else one.value
    return value


def begun(turn: Sequence[Told], wish: Wish) -> list[Step]:
    """Where they know of nothing: it waits, was left out, refused, or taken back."""
    made = turn[0]
    if made.state == REFUSED:  # after a change was queued for it
        return [stopped_for(UNHEARD, one) for one in turn[1:] if one.state == WAITING]
    if made.state == WAITING and made.attempts:
        return [stopped_for(wish.why, made)] if wish.why else []
    if made.state in (WAITING, LEFT_OUT):
        return [first(made.pk, made.turn, wish)]
    return [first(0, made.turn + 1, wish)] if made.state in MAY_BE_THERE and not wish.why else []


def stopped_for(why: str, one: Told) -> Step:
    """It is not sent again; what went out already may be there."""
    state = UNSURE if one.attempts else LEFT_OUT
    return Step(one.pk, one.turn, one.number, one.what, state, why, one.value, one.before, of=one)


def first(pk: int, turn: int, wish: Wish) -> Step:
    return Step(pk, turn, 0, MADE, LEFT_OUT if wish.why else WAITING, wish.why, wish.value, wish=wish)


def revised(turn: Sequence[Told], wish: Wish, known: Decimal) -> list[Step]:
    """What changes what they know. A change that waits, or never went out, is made into the one that is due by now."""
    last = turn[-1]
    is_idle = last.number > 0 and last.state in (WAITING, LEFT_OUT)
    if is_idle and last.state == WAITING and last.attempts:
        return []  # looked at again once it was answered
    pk, number = (last.pk, last.number) if is_idle else (0, last.number + 1)
    if wish.why or is_elsewhere(turn[0], wish):
        made = Step(pk, last.turn, number, TAKEN_BACK, WAITING, wish.why or ANOTHER, Decimal(0), known, of=turn[0])
    elif wish.value == known:
        return (
            [Step(pk, last.turn, number, last.what, LEFT_OUT, AS_BEFORE, known, known, of=turn[0])] if is_idle else []
        )
    else:
        made = Step(pk, last.turn, number, RESTATED, WAITING, "", wish.value, known, of=turn[0])
    return [] if is_refused_again(last, made) else [made]


def is_refused_again(last: Told, made: Step) -> bool:
    """Whether they refused just that change."""
    return last.state == REFUSED and (last.what, last.value) == (made.what, made.value)


def is_elsewhere(made: Told, wish: Wish) -> bool:
    """Whether another click or call is to be told of than was."""
    return (made.click, made.call) != (wish.click, wish.call)
