"""Planting one person in every room: a word of theirs in each, so that whatever an erasure passes by is seen."""

from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils import timezone

from crm.batches.models import Batch, BatchLine
from crm.identity.models import Identifier
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.models import Consent
from crm.profile.models import Correction
from crm.search.models import Reference
from crm.sources.models import Source
from integrations.inbox.models import Delivery, FailedDelivery
from integrations.tracking.models import Lease, NumberPool, TrackedCall, TrackingNumber
from journeys.attribution.models import ChannelGroup, Conversion, ConversionImport, ConversionLine, Touchpoint
from journeys.calls.models import Call, Known
from journeys.desk.models import Jotting, Looking
from journeys.interactions.models import Claim, Interaction, Part
from journeys.listening.models import Conversation, Mood, Play, Recording, Segment, Transcript
from journeys.work.models import Case, Deed, Mention, Note, Promise, Task


class Planter:
    """Writes of one person in the rooms that no source reaches. word: stands wherever words can; phone: E.164."""

    def __init__(self, source: Source, who: Identifier, clerk: User, storage: Storage) -> None:
        self.source, self.who, self.clerk, self.storage = source, who, clerk, storage
        self.at: datetime = timezone.now() - timedelta(minutes=1)

    def plant(self, word: str, phone: str, browser: str) -> None:
        self.work(word)
        call = self.call(word, phone, browser)
        self.listening(word)
        self.desk(word, call)
        self.touch(word)
        self.imported(word, browser)
        self.rest(word, browser)
        self.parked(word)

    def work(self, word: str) -> None:
        """What staff wrote of them."""
        whose = {"identifier": self.who}
        written = Note.objects.create(**whose, body=f"Call {word} back", at=self.at, author=self.clerk)
        Mention.objects.create(note=written, user=self.clerk)
        Deed.objects.create(**whose, kind=Deed.Kind.NOTE, row_id=written.pk, said=f"Noted {word}", at=self.at)
        Case.objects.create(**whose, subject=f"{word} waits", order=word, opened_at=self.at)
        Task.objects.create(**whose, what=f"Write to {word}", due_at=self.at, made_at=self.at)
        Promise.objects.create(**whose, what=f"{word} gets an answer", until=self.at, made_at=self.at)
        Conversion.objects.create(**whose, value=10, currency="EUR", order=word, at=self.at)
        Reference.objects.create(**whose, kind="order", value=word.upper())
        Correction.objects.create(**whose, name="given_name", value=word, actor=self.clerk, at=self.at)
        Consent.objects.create(**whose, purpose="marketing", state="given", occurred_at=self.at,
                               evidence=f"{word} said so", actor=self.clerk)  # fmt: skip

    def call(self, word: str, phone: str, browser: str) -> Call:
        """A call that came in parts, and the number that it came to."""
        told = {"key": "CA-planted", "source": self.source, "identifier": self.who, "occurred_at": self.at}
        Interaction.objects.create(**told, channel="call", kind="call", body=word)
        Part.objects.create(**told, name="ringing", draft={"body": word})
        pool, _ = NumberPool.objects.get_or_create(source=self.source, defaults={"fallback": "+441632960999"})
        number, _ = TrackingNumber.objects.get_or_create(pool=pool, number="+441632960998")
        hold = Lease.objects.create(number=number, visitor=browser, landed={"page": f"/{word}"}, landed_at=self.at,
                                    seen_at=self.at)  # fmt: skip
        TrackedCall.objects.create(source=self.source, key="CA-planted", number=number, at=self.at, lease=hold,
                                   probability=1.0, is_confirmed=True)  # fmt: skip
        return Call.objects.create(
            source=self.source, call_id="CA-planted", state="ended", line=phone, rang_at=self.at, identifier=self.who,
            customer_id=self.who.customer_id, visitor=browser, facts={"name": word},
        )  # fmt: skip

    def listening(self, word: str) -> None:
        """What was heard and read of the call."""
        said = Interaction.objects.get(key="CA-planted", source=self.source)
        talk = Conversation.objects.create(source=self.source, call_id="CA-planted", interaction=said, at=self.at)
        file = self.storage.save(f"recordings/{word}.wav", ContentFile(word.encode()))
        sound = Recording.objects.create(conversation=talk, source=self.source, sid=word, file=file)
        Play.objects.create(recording=sound, user=self.clerk, first_byte=0)
        written = Transcript.objects.create(
            conversation=talk, recording=sound, provider="x", timing="words", digest="d"
        )
        Segment.objects.create(
            transcript=written, position=1, speaker="customer", starts_ms=0, ends_ms=1, text=f"I am {word}"
        )
        Mood.objects.create(identifier=self.who, interaction=said, value=0.1, at=self.at)

    def desk(self, word: str, call: Call) -> None:
        """What is on the agents' screens."""
        Jotting.objects.create(user=self.clerk, about=f"call:{call.public_id}", content={"note": word})
        Looking.objects.create(user=self.clerk, customer_id=self.who.customer_id, at=self.at)
        told = {"facts": {"name": word}, "refreshed_at": self.at}
        Known.objects.update_or_create(
            customer_id=self.who.customer_id, defaults=told
        )  # its keeper may have been first

    def touch(self, word: str) -> None:
        """How a visit began."""
        began = Interaction.objects.create(source=self.source, identifier=self.who, channel="web", kind="page",
                                           key="planted-page", occurred_at=self.at)  # fmt: skip
        group, _ = ChannelGroup.objects.get_or_create(name="Direct")
        Touchpoint.objects.create(identifier=self.who, interaction=began, at=self.at, channel="web", group=group,
                                  campaign=word, landing=f"/{word}")  # fmt: skip

    def imported(self, word: str, browser: str) -> None:
        """A line of conversions from elsewhere."""
        file = ConversionImport.objects.create(name="some.csv", source=self.source, actor=self.clerk, total=1)
        ConversionLine.objects.create(of=file, number=2, who=f"cookie:{browser}", told={"order": word}, said=f"{word}?")

    def rest(self, word: str, browser: str) -> None:
        """Reasons in the audit log, lines of batches, what the admin did, whom a call was claimed for."""
        said = {"user": self.clerk, "action_flag": 2, "object_repr": f"login:{self.who.value}", "change_message": "[]"}
        LogEntry.objects.create(**said, content_type=ContentType.objects.get_for_model(Identifier), object_id="1")
        Claim.objects.create(source=self.source, key="CA-planted", identifier=self.who, actor=self.clerk, at=self.at)
        note(self.clerk, Act.REVEALED, customer=self.who.customer_id, reason=f"{word} asked")
        batch = Batch.objects.create(what="merge", name="some.csv", state="done", actor=self.clerk, total=1)
        BatchLine.objects.create(batch=batch, number=1, a=f"cookie:{browser}", b="", said=f"{word}?")

    def parked(self, word: str) -> None:
        """A delivery that could not be read."""
        raw = Delivery.objects.create(
            source=self.source, key="parked", kind="x", body=f"not JSON, of {word}@example.com".upper(),
            received_at=self.at,
        )  # fmt: skip
        FailedDelivery.objects.create(delivery=raw, source=self.source, reason=f"{word}?", failed_at=self.at)
