"""The pages of calls: the list, a call with its player, the sound itself, and adding to a call."""

import uuid

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.errors import ThroughlineError
from crm.privacy.access import followed_or_404, knows_customers, requires, signed_in
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.roles import HEARS, SEES_CUSTOMERS, WORKS
from journeys.customers.asking import Request
from journeys.interactions.models import Interaction
from journeys.listening.adding import add_recording, add_transcript
from journeys.listening.asking import OUTCOMES, asked, following, words_of
from journeys.listening.discretion import search
from journeys.listening.drawing import spark
from journeys.listening.finding import MOODS
from journeys.listening.models import Conversation, Play, Recording
from journeys.listening.moods import mood_of, mood_word, moods
from journeys.listening.serving import NotSatisfiable, answer, asked_range, beyond
from journeys.listening.showing import (
    address_of,
    conversation_of,
    lines,
    player,
    player_alone,
    surroundings,
    visible_conversation,
)
from journeys.timeline.reading import identifiers_of

everyone = requires(*SEES_CUSTOMERS)


@everyone
@require_GET
@never_cache
def calls(request: Request) -> HttpResponse:
    """Calls, the newest first, or those in which something was said."""
    wanted = asked(request.GET)
    found = search(wanted, request.user)
    context = {
        "asked": wanted,
        "lines": lines(found, request.user, are_known=bool(wanted.words)),
        "is_veiled": not knows_customers(request.user),
        "next": following(wanted, found.next) if found.next else "",
        "is_filtered": bool(words_of(wanted)),
        "moods": list(MOODS),
        "outcomes": OUTCOMES.items(),
        "before": request.GET.get("before"),
    }
    is_part = request.htmx.target == "more-calls"
    return render(request, f"journeys/listening/{'parts/lines' if is_part else 'calls'}.html", context)


@everyone
@require_GET
@never_cache
def conversation(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A call, to be heard and read."""
    found = visible_conversation(request.user, public_id=public_id)
    return render(request, "journeys/listening/call.html", player(request, found) | surroundings(found))


@everyone
@require_GET
@never_cache
def player_part(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The player alone, for other pages to fetch."""
    return player_alone(request, visible_conversation(request.user, public_id=public_id))


@everyone
@require_GET
@never_cache
def listen(request: Request, interaction_id: int) -> HttpResponse:
    """From an interaction to its call's page; to its player alone for a page that asks for that."""
    said = get_object_or_404(Interaction, pk=interaction_id)
    if request.htmx:
        found = conversation_of(request.user, said.source_id, said.key)
        return player_alone(request, found) if found else render(request, "journeys/listening/parts/nothing.html")
    address = address_of(said.source_id, said.key)
    return redirect(address or reverse("interaction", args=[interaction_id]))


@requires(*HEARS)
@require_GET
def sound(request: HttpRequest, recording_id: int) -> HttpResponseBase:
    """A recording's sound, or a range of it. Every time is noted."""
    recording = get_object_or_404(Recording, pk=recording_id, state=Recording.State.FETCHED)
    found = visible_conversation(request.user, pk=recording.conversation_id)
    try:
        wanted = asked_range(request, recording)
    except NotSatisfiable:
        return beyond(recording)
    first_byte = wanted.first if wanted else 0
    Play.objects.create(recording=recording, user=signed_in(request), first_byte=first_byte)
    if not first_byte:
        note(
            signed_in(request),
            Act.PLAYED,
            customer=found.interaction.identifier.customer_id,
            subject=f"recording {recording.pk}",
        )
    return answer(request, recording, wanted)


# Adding


@requires(*WORKS)
@require_POST
def fetch_again(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Have the worker try a recording again."""
    recording = get_object_or_404(Recording, pk=recording_id)
    found = visible_conversation(request.user, pk=recording.conversation_id)
    if recording.url and not recording.can_be_heard:
        recording.start_again()
        messages.success(request, "The recording is fetched again; it can be heard in a moment.")
    else:
        messages.error(request, "This recording has no address to fetch it from: upload it.")
    return redirect("conversation", found.public_id)


@requires(*WORKS)
@require_POST
def upload_transcript(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return uploaded(request, visible_conversation(request.user, public_id=public_id), "transcript")


@requires(*WORKS)
@require_POST
def upload_recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return uploaded(request, visible_conversation(request.user, public_id=public_id), "recording")


def uploaded(request: HttpRequest, found: Conversation, what: str) -> HttpResponse:
    """Add a file to a call, and say what became of it."""
    add = add_transcript if what == "transcript" else add_recording
    file = request.FILES.get("file")
    try:
        said = add(found, file, signed_in(request)) if isinstance(file, UploadedFile) else ""
    except ThroughlineError as error:
        messages.error(request, f"The {what} was not taken: {error}.")
    else:
        tell = messages.success if said else messages.error
        tell(request, said or "Choose a file first.")
    return redirect("conversation", found.public_id)


# A customer's mood


@everyone
@require_GET
@never_cache
def customer_mood(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """How a customer felt of late; other pages fetch it."""
    identifiers = identifiers_of(followed_or_404(request.user, identifiers__origin__public_id=public_id).pk)
    felt = moods(identifiers)
    context = {"felt": felt, "spark": spark(felt), "word": mood_word(mood_of(identifiers))}
    return render(request, "journeys/listening/parts/mood.html", context)
