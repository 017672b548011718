"""What the page of a call, its player, and the list of calls show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString

from crm.identity.models import Customer, Identifier
from crm.privacy.access import followable_customers, roles_of, seen_or_404, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.roles import HEARS, WORKS
from crm.profile.portraits import Portrait, portraits, portraits_for
from journeys.calls.models import Call
from journeys.listening.discretion import open_to
from journeys.listening.drawing import clock, hit, seconds, transcript, wave
from journeys.listening.finding import Found, Hit
from journeys.listening.models import Conversation, Play, Recording
from journeys.listening.moods import mood_word

PLAYS_SHOWN = 10


def visible_conversation(actor: Actor, **named: Any) -> Conversation:
    """A call whose customer the actor may see, and of which nothing is hidden from them, or 404."""
    found = get_object_or_404(Conversation.objects.defer("words").select_related("interaction"), **named)
    seen_or_404(actor, identifiers=found.interaction.identifier_id)
    if not open_to(actor, [found]):
        raise Http404("the rules of disclosure hide this call")
    return found


def conversation_of(actor: Actor, source_id: int, call_id: str) -> Conversation | None:
    """A call of which there is something to hear or to read; None where there is not, or the actor may not."""
    try:
        found = visible_conversation(actor, source_id=source_id, call_id=call_id)
    except Http404:
        return None
    return found if found.recordings.exists() or found.transcripts.filter(is_current=True).exists() else None


def address_of(source_id: int, call_id: str) -> str:
    """The page on which a call is heard and read; empty where there is nothing of it."""
    found = Conversation.objects.filter(source_id=source_id, call_id=call_id).only("public_id").first()
    return reverse("conversation", args=[found.public_id]) if found else ""


def player_alone(request: HttpRequest, found: Conversation) -> HttpResponse:
    """The player of a call, as a part of a page that is not the call's own."""
    return render(request, "journeys/listening/parts/player.html", player(request, found) | {"is_elsewhere": True})


def player(request: HttpRequest, found: Conversation) -> dict[str, Any]:
    """What parts/player.html shows of a call."""
    current = found.transcripts.filter(is_current=True).first()
    recordings = list(found.recordings.order_by("pk"))
    may_listen = bool(roles_of(request.user) & HEARS)
    heard = [one for one in recordings if one.can_be_heard and may_listen]
    followed = next((one for one in heard if current and current.recording_id in (None, one.pk)), None)
    segments = list(current.segments.order_by("position")) if current else []
    return {
        "conversation": found,
        "transcript": current,
        "segments": transcript(segments, can_be_heard=followed is not None),
        "sounds": [Shown(one, one.can_be_heard and may_listen, one == followed) for one in recordings],
        "may_listen": may_listen,
        "may_write": bool(roles_of(request.user) & WORKS),
        "figures": told_figures(found),
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A recording on the page. is_followed: the transcript goes along with it."""

    recording: Recording
    can_be_heard: bool
    is_followed: bool

    @property
    def wave(self) -> SafeString:
        return wave(self.recording.peaks)


def told_figures(found: Conversation) -> list[tuple[str, str]]:
    """How the call went, in words."""
    said: Mapping[str, Any] = found.figures
    told = [("Mood", mood_word(found.mood))]
    if said.get("talk_ratio") is not None:
        told.append(("Agent’s share", f"{said['talk_ratio']:.0%} of what was said"))
    if "silence" in said:
        length = said["length"] or 1
        told.append(("Silence", f"{said['silence'] / length:.0%}, the longest {clock(said['longest_silence'])}"))
        told.append(("Talking at once", f"{said['talk_over'] / 1000:.0f} s"))
    told += [("About", ", ".join(found.topics)), ("Words", ", ".join(found.keywords))]
    return [(label, value) for label, value in told if value]


def surroundings(found: Conversation) -> dict[str, Any]:
    """Whose call it is, where else it is shown, and who has listened."""
    owner = Identifier.objects.select_related("customer").get(pk=found.interaction.identifier_id).customer
    call = Call.objects.filter(source_id=found.source_id, call_id=found.call_id).first()
    plays = Play.objects.filter(recording__conversation_id=found.pk).select_related("user")
    return {
        "customer": owner,
        "name": portraits([owner.pk])[owner.pk].name,
        "call": call,
        "plays": heard_by(plays.order_by("-at")[: PLAYS_SHOWN * 20]),
    }


def heard_by(plays: Sequence[Play] | Any) -> list[Play]:
    """The plays, the newest first: a player asks for many ranges of a recording, which count as one within an hour."""
    shown: list[Play] = []
    for play in plays:
        is_same = any(
            (one.user_id, one.recording_id) == (play.user_id, play.recording_id)
            and (one.at - play.at).total_seconds() < 3600
            for one in shown
        )
        if not is_same:
            shown.append(play)
    return shown[:PLAYS_SHOWN]


# The list


@dataclass(frozen=True, slots=True)
class Line:
    """A call in the list."""

    conversation: Conversation
    who: Portrait
    hits: Sequence[Hit]

    @property
    def address(self) -> str:
        return reverse("conversation", args=[self.conversation.public_id])

    @property
    def mood(self) -> str:
        return mood_word(self.conversation.mood)

    @property
    def found(self) -> list[tuple[str, str, SafeString]]:
        """Where something was found: the address of that second, the time, the words."""
        return [(f"{self.address}#t={seconds(one.starts_ms)}", clock(one.starts_ms), hit(one)) for one in self.hits]


def lines(found: Found, actor: Actor, *, are_known: bool) -> list[Line]:
    """The calls of a page whose customers the actor may follow, and of which nothing is hidden from them.

    are_known: those whom they may see only: what was said tells who it is.
    """
    owners = owners_of(found.calls, visible_customers(actor) if are_known else followable_customers(actor))
    shown = portraits_for(actor, set(owners.values()))
    return [
        Line(one, shown[owners[one.interaction_id]], found.hits.get(one.pk, ()))
        for one in open_to(actor, [one for one in found.calls if one.interaction_id in owners])
    ]


def owners_of(calls: Sequence[Conversation], allowed: QuerySet[Customer]) -> dict[int, int]:
    """The customer (id) of each call's interaction (id), of those that are allowed."""
    numbers = [one.interaction_id for one in calls]
    found = Conversation.objects.filter(interaction_id__in=numbers).values_list(
        "interaction_id", "interaction__identifier__customer_id"
    )
    owners = dict(found)
    visible = set(allowed.filter(pk__in=set(owners.values())).values_list("pk", flat=True))
    return {interaction: customer for interaction, customer in owners.items() if customer in visible}
