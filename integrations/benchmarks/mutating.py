"""What nobody would send who means well: payloads as vendors document them, broken in many ways. Pure; seeded."""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FIXTURES = (".json", ".form", ".csv", ".eml")
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 1e308, "", "\x00", "a\x00b", "😀" * 50, "x" * 70_000, "../../etc/passwd", "' OR 1=1 --",
    "{{7*7}}", "${jndi:ldap://x}", "<script>", "1e5", "2026-13-45T99:99:99Z", "+", "\u202e", [], {}, [[[[]]]],
    {"$ne": None}, [1] * 1_000,
)  # fmt: skip
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
         "text/csv", "application/json; charset=utf-16", "", "x" * 300)  # fmt: skip


def payloads(folder: Path) -> list[bytes]:
    """A provider's payloads, as its fixtures have them."""
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in FIXTURES] or [b"{}"]


def bodies(known: Sequence[bytes], dice: random.Random, canary: str) -> Iterator[bytes]:
    """Bodies without end, most of them broken; each has the canary in it somewhere, unless that was broken too."""
    while True:
        body = dice.choice(known)
        body = dice.choice((changed, changed, spliced, cut, flipped, nested, packed))(body, dice)
        yield (
            body.replace(b"@", f"-{canary}@".encode(), 1)
            if b"@" in body
            else body + canary.encode() * dice.randint(0, 1)
        )


def changed(body: bytes, dice: random.Random) -> bytes:
    """JSON with some of its values, or names, replaced; what is no JSON is flipped."""
    try:
        told = json.loads(body)
    except ValueError:
        return flipped(body, dice)
    return json.dumps(replaced(told, dice)).encode("utf-8", "surrogatepass")


def replaced(told: Any, dice: random.Random) -> Any:
    if dice.random() < 0.08:
        return dice.choice(NASTY)
    if isinstance(told, dict):
        return {name if dice.random() > 0.03 else name + "\x00": replaced(one, dice) for name, one in told.items()}
    return [replaced(one, dice) for one in told] if isinstance(told, list) else told


def spliced(body: bytes, dice: random.Random) -> bytes:
    """A piece of it twice."""
    at, to = sorted(dice.randrange(len(body) + 1) for _ in range(2))
    return body[:to] + body[at:]


def cut(body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def flipped(body: bytes, dice: random.Random) -> bytes:
    """Some bytes are others."""
    found = bytearray(body)
    for _ in range(min(len(found), dice.randint(1, 20))):
        found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


def nested(body: bytes, dice: random.Random) -> bytes:
    """Deep past all reason."""
    depth = dice.choice((10, 1_000, 20_000))
    return dice.choice((b"[" * depth, b'{"a":' * depth, b"[" * depth + body + b"]" * depth))


def packed(body: bytes, dice: random.Random) -> bytes:
    """Packed, as some clients do; or much in little; or only as if it were."""
    return dice.choice((gzip.compress(body, 1), gzip.compress(b" " * 2_000_000, 1), b"\x1f\x8b" + body))
