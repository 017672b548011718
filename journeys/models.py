"""Gathers the models of journeys' rooms, for Django to find."""

from journeys.attribution.kept import AttributionCount, CountedDay, StaleDay, WithheldCount
from journeys.attribution.models import (
    ChannelGroup,
    Conversion,
    ConversionDefinition,
    ConversionImport,
    ConversionLine,
    DefinitionChange,
    GroupingChange,
    Place,
    Touchpoint,
)
from journeys.attribution.spending import Cost, CostFile
from journeys.calls.models import Agent, Call, Known, PresenceChange, Queue, RoutingChange, RoutingRule
from journeys.desk.models import ActionAnswer, ActionRule, Habit, Jotting, Looking
from journeys.explore.models import Extract, Extracted, SavedView
from journeys.interactions.models import Claim, Interaction, Part, Session
from journeys.listening.models import Conversation, Mood, Play, Recording, Segment, Transcript, Unheard
from journeys.morning.models import MorningDay, SentMail, WeeklyMail
from journeys.paths.abandonment import AbandonmentChange, AbandonmentDefinition
from journeys.paths.models import HitNote, OwnerBlock, OwnerNote, PackedHits, Step
from journeys.segments.models import CustomerSegment, Look, Member, Passage, SegmentChange, SegmentSize
from journeys.work.history import CaseVersion, NoteVersion
from journeys.work.models import Case, Deed, Mention, Note, Promise, Task, WrapChoice

__all__ = [
    "AbandonmentChange",
    "AbandonmentDefinition",
    "ActionAnswer",
    "ActionRule",
    "Agent",
    "AttributionCount",
    "Call",
    "Case",
    "CaseVersion",
    "ChannelGroup",
    "Claim",
    "Conversation",
    "Conversion",
    "ConversionDefinition",
    "ConversionImport",
    "ConversionLine",
    "Cost",
    "CostFile",
    "CountedDay",
    "CustomerSegment",
    "Deed",
    "DefinitionChange",
    "Extract",
    "Extracted",
    "GroupingChange",
    "Habit",
    "HitNote",
    "Interaction",
    "Jotting",
    "Known",
    "Look",
    "Looking",
    "Member",
    "Mention",
    "Mood",
    "MorningDay",
    "Note",
    "NoteVersion",
    "OwnerBlock",
    "OwnerNote",
    "PackedHits",
    "Part",
    "Passage",
    "Place",
    "Play",
    "PresenceChange",
    "Promise",
    "Queue",
    "Recording",
    "RoutingChange",
    "RoutingRule",
    "SavedView",
    "Segment",
    "SegmentChange",
    "SegmentSize",
    "SentMail",
    "Session",
    "StaleDay",
    "Step",
    "Task",
    "Touchpoint",
    "Transcript",
    "Unheard",
    "WeeklyMail",
    "WithheldCount",
    "WrapChoice",
]
