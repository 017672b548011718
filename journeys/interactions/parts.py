"""Interactions that arrive in parts: each part is kept as it came, and the interaction is what they add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from psycopg import Cursor

from crm.identity.kinds import RANK
from crm.sources.models import Source
from crm.sql import cursor, recordset
from journeys.interactions.claiming import apply_claims
from journeys.interactions.drafts import Draft
from journeys.interactions.folding import Piece, fold_pieces
from journeys.interactions.redacting import redact_together

KEEP = """
    INSERT INTO journeys_part (source_id, key, name, occurred_at, identifier_id, draft)
    SELECT n.* FROM json_to_recordset(%s) AS n
        (source bigint, key text, name text, at timestamptz, identifier bigint, draft jsonb)
    ON CONFLICT DO NOTHING
"""
READ = """
    SELECT p.source_id, p.key, p.name, p.occurred_at, p.identifier_id, i.kind, i.value, p.draft
    FROM json_to_recordset(%s) AS n (source bigint, key text)
    JOIN journeys_part p ON p.key = n.key AND p.source_id = n.source
    LEFT JOIN crm_identifier i ON i.id = p.identifier_id
"""
# Where there is a via, the interaction was claimed: it stays with whom it was claimed for, and the via is its line.
WRITE = """
    WITH n AS (
        SELECT * FROM json_to_recordset(%s) AS n (identifier bigint, source bigint, key text, channel text, kind text,
            direction text, at timestamptz, title text, body text, data jsonb)
    ), updated AS (
        UPDATE journeys_interaction t
        SET identifier_id = CASE WHEN t.via_id IS NULL THEN n.identifier ELSE t.identifier_id END,
            via_id = CASE WHEN t.via_id IS NULL THEN NULL ELSE n.identifier END,
            kind = n.kind, direction = n.direction, occurred_at = n.at, title = n.title, body = n.body, data = n.data
        FROM n WHERE t.key = n.key AND t.source_id = n.source RETURNING t.key, t.source_id
    )
    INSERT INTO journeys_interaction
        (identifier_id, source_id, key, channel, kind, direction, occurred_at, recorded_at, title, body, data)
    SELECT n.identifier, n.source, n.key, n.channel, n.kind, n.direction, n.at, now(), n.title, n.body, n.data
    FROM n WHERE NOT EXISTS (SELECT 1 FROM updated u WHERE u.key = n.key AND u.source_id = n.source)
"""
CLEAN = """
    UPDATE journeys_part p SET draft = jsonb_set(p.draft, '{body}', to_jsonb(n.body))
    FROM json_to_recordset(%s) AS n (source bigint, key text, name text, body text)
    WHERE p.key = n.key AND p.source_id = n.source AND p.name = n.name
"""
COLUMNS = "identifier source key channel kind direction at title body data"


def fold_parts(arrived: Sequence[tuple[Source, Draft, int | None]]) -> None:
    """Keep parts, and fold each interaction that they belong to anew. The caller holds the interactions' locks.

    arrived: (source, draft, id of the draft's most telling identifier). An interaction none of whose parts names
    anybody waits until one does.
    """
    if not arrived:
        return
    rows = [(source.pk, d.key, d.part, d.occurred_at, main, packed(d)) for source, d, main in arrived]
    with cursor() as sql:
        sql.execute(KEEP, [recordset("source key name at identifier draft", rows)])
        touched = sorted({(row[0], row[1]) for row in rows})
        sql.execute(READ, [recordset("source key", touched)])
        groups: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
        for row in sql:
            groups.setdefault((row[0], row[1]), []).append(row[2:])
        pieces = {key: pieces_of(parts) for key, parts in sorted(groups.items())}
        clean(sql, pieces)
        folded = [
            interaction_row(*key, parts, pieces[key]) for key, parts in sorted(groups.items()) if has_owner(parts)
        ]
        if folded:
            sql.execute(WRITE, [recordset(COLUMNS, folded)])
    apply_claims({(key, source) for source, key in touched})


def packed(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in ("channel", "kind", "direction", "title", "body", "data")}


def has_owner(parts: Iterable[tuple[Any, ...]]) -> bool:
    return any(part[2] is not None for part in parts)


def pieces_of(parts: Iterable[tuple[Any, ...]]) -> list[tuple[str, Piece]]:
    """The parts of an interaction with its channel. parts: (name, at, identifier id, its kind, its value, draft)."""
    drafts = [(name, at, orjson.loads(draft)) for name, at, _, _, _, draft in parts]
    return [
        (d["channel"], Piece(name, at, d["kind"], d["direction"], d["title"], d["body"], d["data"]))
        for name, at, d in drafts
    ]


def clean(sql: Cursor[tuple[Any, ...]], pieces: dict[tuple[int, str], list[tuple[str, Piece]]]) -> None:
    """Take out of calls' parts, in place and where they are kept, what only several of them together give away."""
    changed = []
    for (source_id, key), found in pieces.items():
        spoken = [one for one in sorted(found, key=spoken_order) if one[0] == "call" and one[1].body]
        if len(spoken) < 2:
            continue
        for (channel, piece), body in zip(spoken, redact_together([piece.body for _, piece in spoken]), strict=True):
            if body != piece.body:
                changed.append((source_id, key, piece.name, body))
                found[found.index((channel, piece))] = channel, replace(piece, body=body)
    if changed:
        sql.execute(CLEAN, [recordset("source key name body", changed)])


def spoken_order(one: tuple[str, Piece]) -> tuple[datetime, str]:
    return one[1].occurred_at, one[1].name


def interaction_row(
    source_id: int, key: str, parts: Iterable[tuple[Any, ...]], pieces: Sequence[tuple[str, Piece]]
) -> tuple[Any, ...]:
    """The folded interaction as a row of WRITE. parts: (name, at, identifier id, its kind, its value, draft)."""
    owner = min((RANK[kind], value, identifier) for _, _, identifier, kind, value, _ in parts if identifier)
    channel = pieces[0][0]
    piece = fold_pieces([piece for _, piece in pieces], channel)
    what = (piece.kind, piece.direction, piece.occurred_at, piece.title, piece.body, piece.data)
    return (owner[2], source_id, key, channel, *what)
