"""Calls, as Twilio's voice webhooks tell of them. Pure.

The first question of a call carries a `Timestamp` here, which Twilio leaves out: a history is told after the event.
"""

from datetime import datetime, timedelta
from email.utils import format_datetime

from integrations.demo.letters import CALLS, Scene
from integrations.demo.trips import Agent
from integrations.demo.words import Facts, say, stock

OURS = "+442920180600"
WITHHELD = "+266696687"  # what Twilio gives as the number of somebody who hides theirs
ACCOUNT = "AC" + "5d" * 16
RECORDINGS = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/"


class Call:
    """One call, told webhook by webhook."""

    def __init__(self, scene: Scene, number: str, at: datetime, is_inbound: bool = True) -> None:
        self.scene, self.at = scene, at
        self.sid = "CA" + scene.hex()
        theirs, ours = ("From", "To") if is_inbound else ("To", "From")
        self.fields = {
            "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": self.sid, theirs: number, ours: OURS,
            "Direction": "inbound" if is_inbound else "outbound-api",
        }  # fmt: skip
        if number != WITHHELD:
            self.fields[f"{theirs}Country"] = "GB"
        self.steps = 0

    def tell(self, at: datetime, **fields: str) -> None:
        self.scene.send(at, CALLS, {**self.fields, "Timestamp": format_datetime(at), **fields})

    def progress(self, at: datetime, status: str, **fields: str) -> None:
        """A status callback."""
        told = {"CallStatus": status, "CallbackSource": "call-progress-events", "SequenceNumber": str(self.steps)}
        self.steps += 1
        self.tell(at, **told, **fields)

    def ring(self) -> None:
        self.tell(self.at, CallStatus="ringing")

    def picked_up(self, agent: Agent, waited: int) -> None:
        """An agent's softphone takes the call."""
        leg = {
            "CallSid": "CA" + self.scene.hex(), "ParentCallSid": self.sid, "From": OURS, "To": agent.client,
            "Direction": "outbound-dial", "CallStatus": "in-progress", "SequenceNumber": "2",
            "CallbackSource": "call-progress-events",
        }  # fmt: skip
        self.tell(self.at + timedelta(seconds=waited), **leg)

    def end(self, seconds: int) -> None:
        self.progress(self.at + timedelta(seconds=seconds), "completed", CallDuration=str(seconds))

    def nobody_came(self, waited: int) -> None:
        """The queue rang until the caller gave up, or the machine took over."""
        self.tell(self.at + timedelta(seconds=waited), CallStatus="in-progress", DialCallStatus="no-answer")

    def recorded(self, starts: int, seconds: int, made_by: str = "DialVerb") -> str:
        """A recording can be heard; returns its sid. made_by: RecordVerb for a voicemail."""
        sid = "RE" + self.scene.hex()
        begun = self.at + timedelta(seconds=starts)
        self.scene.send(begun + timedelta(seconds=seconds + 20), CALLS, {
            "AccountSid": ACCOUNT, "CallSid": self.sid, "RecordingSid": sid, "RecordingUrl": RECORDINGS + sid,
            "RecordingStatus": "completed", "RecordingDuration": str(seconds), "RecordingChannels": "2",
            "RecordingSource": made_by, "RecordingStartTime": format_datetime(begun), "ErrorCode": "0",
        })  # fmt: skip
        return sid

    def transcribed(self, recording: str, seconds: int, text: str) -> None:
        sid = "TR" + self.scene.hex()
        self.tell(
            self.at + timedelta(seconds=seconds + 90), TranscriptionSid=sid, TranscriptionStatus="completed",
            TranscriptionText=text, TranscriptionType="fast", RecordingSid=recording, CallStatus="completed",
            RecordingUrl=RECORDINGS + recording, TranscriptionUrl=f"{RECORDINGS}{recording}/Transcriptions/{sid}",
        )  # fmt: skip


def talk(scene: Scene, number: str, at: datetime, agent: Agent, text: str) -> datetime:
    """Somebody rings and is answered; returns when the call ended. text: what was said, "" for an unrecorded one."""
    call, waited = Call(scene, number, at), scene.number(4, 95)
    call.ring()
    call.picked_up(agent, waited)
    length = talking_time(scene, text)
    call.end(waited + length)
    if text:
        call.transcribed(call.recorded(waited, length), waited + length, text)
    return at + timedelta(seconds=waited + length)


def talking_time(scene: Scene, text: str) -> int:
    """Seconds, at about 150 words a minute with pauses."""
    return int(len(text.split()) / 2.1 * scene.dice.uniform(1.2, 2.2)) + 20 if text else scene.number(90, 800)


def ring_out(scene: Scene, number: str, at: datetime, message: str = "") -> None:
    """Somebody rings in vain; a message is what they leave on the machine."""
    call, waited = Call(scene, number, at), scene.number(25, 180)
    call.ring()
    call.nobody_came(waited)
    length = talking_time(scene, message) // 2 if message else 0
    call.end(waited + length)
    if message:
        call.transcribed(call.recorded(waited, length, "RecordVerb"), waited + length, message)


def ring_up(scene: Scene, number: str, at: datetime, text: str = "") -> None:
    """An agent rings somebody. text: what was said, "" when nobody answered."""
    call, waited = Call(scene, number, at, is_inbound=False), scene.number(8, 30)
    call.progress(at, "initiated")
    if not text:
        call.progress(at + timedelta(seconds=waited), "no-answer", CallDuration="0")
        return
    length = talking_time(scene, text)
    call.progress(at + timedelta(seconds=waited), "in-progress")
    call.end(waited + length)
    call.transcribed(call.recorded(waited, length), waited + length, text)


# What is said


def dialogue(scene: Scene, topic: str, facts: Facts) -> str:
    """A call about a topic of the stock, line by line; agent and customer take turns."""
    calls = stock("calls")
    turns = [say(scene, calls["openings"], facts)]
    turns += [say(scene, options, facts) for options in scene.pick(calls["topics"][topic])]
    turns += [line.format_map(facts) for line in scene.pick(calls["goodbyes"])][len(turns) % 2 :]
    return with_names(turns, facts)


def call_back(scene: Scene, facts: Facts) -> str:
    """What is said when an agent rings somebody."""
    return with_names([line.format_map(facts) for line in scene.pick(stock("calls")["outbound"])], facts)


def with_names(turns: list[str], facts: Facts) -> str:
    speakers = facts["agent"], facts["given"]
    return "\n".join(f"{speakers[n % 2]}: {turn}" for n, turn in enumerate(turns))


def voicemail(scene: Scene, facts: Facts) -> str:
    return say(scene, stock("calls")["voicemails"], facts)
