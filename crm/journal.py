"""Files beside the database that are only ever added to, a line of JSON at a time."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(orjson.dumps(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def lines_of(path: Path, *named: str) -> Iterator[Any]:
    """What every line says that has all of these; a last one that was cut off is none."""
    for line in path.read_bytes().splitlines() if path.exists() else ():
        with suppress(orjson.JSONDecodeError):
            told = orjson.loads(line)
            if all(name in told for name in named):
                yield told
