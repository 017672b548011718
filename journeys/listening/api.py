"""The API's addresses of calls: finding them, one with its transcript, and handing a transcript in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import BadParameter
from crm.api.parameters import Parameters, choice, limit, moment, pattern, text
from crm.api.views import ApiView, ListView, uuid_of
from crm.errors import ThroughlineError
from crm.privacy.access import requires
from crm.privacy.roles import SEES_CUSTOMERS, WORKS
from journeys.listening.adding import take_written
from journeys.listening.asking import OUTCOMES, place, token
from journeys.listening.discretion import search
from journeys.listening.finding import MARK, MOODS, Asked
from journeys.listening.models import Conversation
from journeys.listening.said import LONGEST, MOST_BYTES
from journeys.listening.showing import lines, visible_conversation
from journeys.listening.taking import said_of

CALL = OpenApiParameter(
    "call", UUID, OpenApiParameter.PATH, description="The call's id, as the list of calls gives it."
)
WRITTEN = (
    "A transcript: as described below, or WebVTT, SRT, or the JSON of Twilio, Amazon Transcribe, or Amazon Connect "
    "Contact Lens, as the body. Card numbers and the like are taken out before it is stored."
)


class WordAsked(serializers.Serializer[Any]):
    """A word and when it is heard."""

    starts_ms = serializers.IntegerField(min_value=0, max_value=LONGEST)
    ends_ms = serializers.IntegerField(min_value=0, max_value=LONGEST)
    text = serializers.RegexField(r"^[a-zA-Z0-9]", max_length=2_000)


class SegmentAsked(WordAsked):
    """What one side said without a break."""

    speaker = serializers.ChoiceField(["agent", "customer", "system"])
    words = serializers.ListField(child=WordAsked(), required=False)


class TranscriptAsked(serializers.Serializer[Any]):
    """A transcript in our own form."""

    segments = serializers.ListField(child=SegmentAsked(), min_length=1)


class AnyBody(BaseParser):
    """The body as it is: what it holds is told by what is in it."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        return {"content": bytes(stream.read(MOST_BYTES + 1))}


class HitShown(serializers.Serializer[Any]):
    """Where something was said."""

    at_ms = serializers.IntegerField()
    speaker = serializers.CharField()
    text = serializers.CharField()


class CallShown(serializers.Serializer[Any]):
    """A call in one line."""

    id = serializers.UUIDField()
    call_id = serializers.CharField(help_text="The phone system's own name of it.")
    interaction = serializers.IntegerField()
    customer = serializers.UUIDField()
    at = serializers.DateTimeField()
    direction = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField(allow_blank=True)
    agent = serializers.CharField(allow_blank=True)
    queue = serializers.CharField(allow_blank=True)
    seconds = serializers.IntegerField(allow_null=True)
    has_recording = serializers.BooleanField(help_text="Whether there is sound of it here.")
    mood = serializers.FloatField(allow_null=True, help_text="Of the customer's words: -1 (bad) to 1 (good).")
    topics = serializers.ListField(child=serializers.CharField())
    hits = HitShown(many=True)


class SegmentShown(serializers.Serializer[Any]):
    """What one side said without a break."""

    speaker = serializers.ChoiceField(["agent", "customer", "system"])
    starts_ms = serializers.IntegerField(source="starts")
    ends_ms = serializers.IntegerField(source="ends")
    text = serializers.CharField()
    mood = serializers.FloatField(allow_null=True)


class TranscriptShown(serializers.Serializer[Any]):
    """The current transcript of a call."""

    call = serializers.UUIDField()
    provider = serializers.CharField()
    timing = serializers.ChoiceField(["words", "segments", "guessed"])
    notes = serializers.ListField(child=serializers.CharField(), help_text="What had to be mended.")
    figures = serializers.DictField(help_text="talk_ratio; with times, silence, longest_silence, talk_over in ms.")
    segments = SegmentShown(many=True)


class TakenShown(serializers.Serializer[Any]):
    """What became of a transcript."""

    said = serializers.CharField()


class CallsAsked(Parameters):
    search = text("Words that were said; “a phrase”, -without.")
    agent = text("A part of the agent's name.")
    queue = text("A part of the queue's name.")
    mood = choice(MOODS, "How the customer felt.")
    outcome = choice(OUTCOMES, "What became of the call.")
    has_recording = choice(["yes"], "Only calls with sound.")
    occurred_after = moment("Not older than this.")
    occurred_before = moment("Older than this.")
    before = pattern(r"^[0-9]{1,16}\.[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


@requires(*SEES_CUSTOMERS, about="calls")
class Calls(ListView):
    """Calls, the newest first, or those in which something was said."""

    queryset = Conversation.objects.none()
    serializer_class = CallShown
    filterset_class = CallsAsked

    @extend_schema(operation_id="list_calls", responses=CallShown(many=True))
    def get(self, request: Request) -> Response:
        asked = self.asked
        found = search(
            Asked(
                words=asked["search"], agent=asked["agent"], queue=asked["queue"], mood=asked["mood"],
                outcome=asked["outcome"], is_recorded=asked["has_recording"] == "yes", limit=self.limit,
                after=in_utc(asked["occurred_after"]), older=in_utc(asked["occurred_before"]),
                before=place(asked["before"] or ""),
            ),
            self.actor,
        )  # fmt: skip
        return self.page(
            [as_shown(line) for line in lines(found, self.actor, are_known=True)],
            token(found.next) if found.next else None,
        )


def in_utc(at: datetime | None) -> datetime | None:
    """A moment as PostgreSQL takes it; at the edges of the calendar, the edge."""
    try:
        return at and at.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if at and at.year == 1 else datetime.max.replace(tzinfo=UTC)


def as_shown(line: Any) -> dict[str, Any]:
    one = line.conversation
    plain = "call_id at direction outcome agent queue seconds has_recording mood topics".split()
    found = [
        {"at_ms": hit.starts_ms, "speaker": hit.speaker, "text": hit.text.translate(dict.fromkeys(map(ord, MARK)))}
        for hit in line.hits
    ]
    named = {"id": one.public_id, "interaction": one.interaction_id, "customer": line.who.public_id, "hits": found}
    return {name: getattr(one, name) for name in plain} | named


@requires(*SEES_CUSTOMERS, writers=WORKS, about="calls")
class CallTranscript(ApiView):
    """What was said in one call."""

    queryset = Conversation.objects.none()
    serializer_class = TranscriptShown
    parser_classes = [AnyBody]

    def conversation(self, named: str) -> Conversation:
        try:
            return visible_conversation(self.actor, public_id=uuid_of(named, "call"))
        except Http404:
            raise NotFound(f"call: there is no call {named}, or none that this key may see") from None

    @extend_schema(operation_id="get_transcript", parameters=[CALL], responses=TranscriptShown)
    def get(self, request: Request, call: str) -> Response:
        found = self.conversation(call)
        current = found.transcripts.filter(is_current=True).first()
        if current is None:
            raise NotFound(f"call: nothing that was said in {call} is written down")
        shown = {
            "call": found.public_id, "provider": current.provider, "timing": current.timing, "notes": current.notes,
            "figures": found.figures, "segments": said_of(current.segments.order_by("position")),
        }  # fmt: skip
        return Response(self.get_serializer(shown).data)

    @extend_schema(
        operation_id="add_transcript",
        parameters=[CALL],
        description=WRITTEN,
        request={"application/json": TranscriptAsked},
        responses={200: TakenShown},
    )
    def post(self, request: Request, call: str) -> Response:
        found = self.conversation(call)
        try:
            said = take_written(found, body_of(request), None)
        except ThroughlineError as error:
            raise BadParameter("transcript", str(error)) from error
        return Response(TakenShown({"said": said}).data)


def body_of(request: Request) -> bytes:
    """The body as it came."""
    content = request.data.get("content") if isinstance(request.data, dict) else None
    return content if isinstance(content, bytes) else b""


urlpatterns: list[URLPattern | URLResolver] = [
    path("calls/", Calls.as_view(), name="api-calls"),
    path("calls/<str:call>/transcript/", CallTranscript.as_view(), name="api-transcript"),
]
