"""Saving what an agent wrote of a customer or a call, all of it or none."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from journeys.attribution.converting import convert
from journeys.calls.models import Agent, Call
from journeys.calls.presence import be
from journeys.desk.callers import about
from journeys.desk.forms import WorkForm, WrapForm
from journeys.desk.jotting import forget
from journeys.interactions.models import Interaction
from journeys.work.cases import open_case
from journeys.work.deeds import Hand, log
from journeys.work.models import Deed, WrapChoice
from journeys.work.noting import note
from journeys.work.promising import promise
from journeys.work.tasking import add_task


@transaction.atomic
def save_work(identifier_id: int, form: WorkForm, hand: Hand, key: str, call_id: int | None = None) -> None:
    """Keep what a valid form says of a customer. key: of the jotting that it was until now."""
    told = form.cleaned_data
    if told["note"]:
        note(identifier_id, told["note"], hand, call_id=call_id, is_delicate=told["is_delicate"])
    if told["task"]:
        add_task(identifier_id, told["task"], told["due"], hand, owner=told["owner"], call_id=call_id)
    if told["promise"]:
        promise(identifier_id, told["promise"], told["until"], hand, call_id=call_id)
    if told["case"]:
        open_case(identifier_id, told["case"], hand, order=told["order"], call_id=call_id)
    if hand.user:
        forget(hand.user, key)


@transaction.atomic
def wrap_up(call: Call, form: WrapForm, hand: Hand, key: str) -> None:
    """Wrap a call up: its words, what it was worth, and the work that follows. Again, it is changed and logged anew."""
    whose, told = about(call), form.cleaned_data
    Call.objects.filter(pk=call.pk).update(wrap_code=told["reason"], outcome=told["outcome"], wrapped_at=timezone.now())
    words = [label(WrapChoice.Kind.REASON, told["reason"]), label(WrapChoice.Kind.OUTCOME, told["outcome"])]
    log(whose, Deed.Kind.CALL, call.pk, f"Wrapped up: {', '.join(words)}", hand)
    if form.worth:
        said = Interaction.objects.filter(source=call.source_id, key=call.call_id).values_list("pk", flat=True).first()
        convert(whose, form.worth, hand, call_id=call.pk, interaction_id=said)
    save_work(whose, form, hand, key, call.pk)
    if (
        call.agent
        and hand.user
        and call.agent.user_id == hand.user.pk
        and call.agent.presence == Agent.Presence.WRAP_UP
    ):
        be(call.agent, Agent.Presence.READY)


def label(kind: str, word: str) -> str:
    found: Any = WrapChoice.objects.filter(kind=kind, word=word).values_list("label", flat=True).first()
    return str(found or word)
