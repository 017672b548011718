"""Interactions that arrive in parts: each part is kept as it came, and the interaction is what they add up to."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from crm.identity.kinds import RANK
from crm.sources.models import Source
from crm.sql import cursor, recordset
from journeys.interactions.claiming import apply_claims
from journeys.interactions.drafts import Draft
from journeys.interactions.folding import Piece, fold_pieces

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
        folded = [interaction_row(*key, parts) for key, parts in sorted(groups.items()) if has_owner(parts)]
        if folded:
            sql.execute(WRITE, [recordset(COLUMNS, folded)])
    apply_claims({(key, source) for source, key in touched})


def packed(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in ("channel", "kind", "direction", "title", "body", "data")}


def has_owner(parts: Iterable[tuple[Any, ...]]) -> bool:
    return any(part[2] is not None for part in parts)


def interaction_row(source_id: int, key: str, parts: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The folded interaction as a row of WRITE. parts: (name, at, identifier id, its kind, its value, draft)."""
    owner = min((RANK[kind], value, identifier) for _, _, identifier, kind, value, _ in parts if identifier)
    drafts = [(name, at, orjson.loads(draft)) for name, at, _, _, _, draft in parts]
    channel = drafts[0][2]["channel"]
    piece = fold_pieces(
        [Piece(name, at, d["kind"], d["direction"], d["title"], d["body"], d["data"]) for name, at, d in drafts],
        channel,
    )
    what = (piece.kind, piece.direction, piece.occurred_at, piece.title, piece.body, piece.data)
    return (owner[2], source_id, key, channel, *what)
