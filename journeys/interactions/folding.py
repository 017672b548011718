"""Folding the parts of one interaction (a call's ringing, end, recording) into it, whatever their order. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# How far along each status is: a later one wins over an earlier one, whenever they arrived and whatever their clocks.
STATUSES = (
    "queued", "initiated", "ringing", "in-progress", "answered", "sent", "delivered", "read",
    "canceled", "busy", "no-answer", "failed", "completed",
)  # fmt: skip
RANK = {status: rank for rank, status in enumerate(STATUSES, 1)}
OUTCOMES = {
    "completed": "answered", "in-progress": "answered", "answered": "answered", "no-answer": "missed",
    "busy": "missed", "canceled": "missed", "failed": "failed", "ringing": "ringing",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of an interaction, as it came."""

    name: str
    occurred_at: datetime
    kind: str
    direction: str
    title: str
    body: str
    data: Mapping[str, Any]

    @property
    def order(self) -> tuple[int, datetime, str]:
        return RANK.get(str(self.data.get("status", "")), 0), self.occurred_at, self.name


def fold_pieces(pieces: Iterable[Piece], channel: str) -> Piece:
    """The interaction that the parts add up to: the first time, the furthest status, every fact.

    Values that are lists (recordings, reactions) are joined; of single values the furthest part's stands.
    """
    ordered = sorted(pieces, key=lambda piece: piece.order)
    data: dict[str, Any] = {}
    for piece in ordered:
        for name, value in piece.data.items():
            data[name] = [*data.get(name, []), *value] if isinstance(value, list) else value
    if channel == "call":
        data["outcome"] = outcome(data)
    bodies = sorted((piece.occurred_at, piece.name, piece.body) for piece in ordered if piece.body)
    return Piece(
        name="",
        occurred_at=min(piece.occurred_at for piece in ordered),
        kind=ordered[0].kind,
        direction=next((piece.direction for piece in reversed(ordered) if piece.direction), ""),
        title=next((piece.title for piece in reversed(ordered) if piece.title), ""),
        body="\n\n".join(body for _, _, body in bodies),
        data=data,
    )


def outcome(data: Mapping[str, Any]) -> str:
    """What became of a call: ringing, answered, missed, voicemail or failed."""
    found = OUTCOMES.get(str(data.get("status", "")), "")
    if data.get("voicemail"):
        return "voicemail"
    return "missed" if found == "answered" and data.get("answered") is False else found
