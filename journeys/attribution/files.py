"""Files of aggregated paths: `path,conversions,value,nulls`, one path a line. Refused as a whole, with the line."""

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from journeys.attribution.chains import CONVERSION, NULL, START
from journeys.attribution.errors import PathsRefused
from journeys.attribution.paths import Paths

COLUMNS = ("path", "conversions", "value", "nulls")
NEEDED = frozenset({"path", "conversions"})
LONGEST = 16 * 2**20  # characters of a path
LEAST, MOST = 1e-9, 1e15  # of a figure that is not 0: sums and shares of these are exact enough to be told
OURS = frozenset({START, CONVERSION, NULL})


class Line(NamedTuple):
    """One line. channels: the touches, in their order."""

    channels: tuple[str, ...]
    conversions: float
    value: float
    nulls: float


def read_paths(file: Path, separator: str = ">") -> Paths:
    """The paths of a file. Raises PathsRefused with the line and the remedy."""
    csv.field_size_limit(LONGEST)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return paths_of(read_lines(lines, separator))
    except UnicodeDecodeError as error:
        raise PathsRefused(f"{file.name} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise PathsRefused(f"{file.name} cannot be read: {error.strerror}") from error
    except csv.Error as error:
        raise PathsRefused(f"{file.name} is no CSV: {error}") from error


def read_lines(lines: Iterator[str], separator: str) -> Iterator[Line]:
    if not separator.strip():
        raise PathsRefused("give a separator that is no blank, such as >")
    header = next(lines, "")
    mark = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip().casefold() for name in next(csv.reader([header], delimiter=mark), [])]
    if not set(names) >= NEEDED or not set(names) <= set(COLUMNS) or len(set(names)) < len(names):
        raise PathsRefused(f"line 1: the columns are {','.join(COLUMNS)}, not {header.strip()[:100] or 'empty'}")
    for number, row in enumerate(csv.reader(lines, delimiter=mark), 2):
        if not row:
            continue
        if len(row) != len(names):
            raise PathsRefused(f"line {number}: it has {len(row)} cells, the first line {len(names)}")
        yield line_of(dict(zip(names, row, strict=True)), separator, number)


def line_of(row: Mapping[str, str], separator: str, number: int) -> Line:
    counts = [figure(row, name, number) for name in COLUMNS[1:]]
    for name, count in zip(("conversions", "nulls"), (counts[0], counts[2]), strict=True):
        if count < 0:
            raise PathsRefused(f"line {number}: {name} is {count:g}; it counts journeys (a refund is a negative value)")
    if counts[1] and not counts[0]:
        raise PathsRefused(f"line {number}: a value of {counts[1]:g}, and no conversion that it is of")
    return Line(channels_of(row["path"], separator.strip(), number), *counts)


def channels_of(path: str, separator: str, number: int) -> tuple[str, ...]:
    if not path.strip():
        return ()
    if path.lstrip().startswith("="):
        raise PathsRefused(f"line {number}: the path is a formula; save the values themselves")
    if not path.isprintable():
        raise PathsRefused(f"line {number}: there is a character in the path that cannot be seen; leave it out")
    found = tuple(channel.strip() for channel in path.split(separator))
    if "" in found:
        raise PathsRefused(
            f"line {number}: there is nothing between two “{separator}”; if a channel is called that, choose another "
            "--separator"
        )
    if ours := OURS.intersection(found):
        raise PathsRefused(f"line {number}: {min(ours)} is no channel's name here; call it otherwise")
    return found


def figure(row: Mapping[str, str], name: str, number: int) -> float:
    """A number of a line; 0 where the cell is empty."""
    text = row.get(name, "").strip()
    try:
        found = float(text or 0)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or "_" in text:
        raise PathsRefused(f"line {number}: {name} is “{text[:40]}”; give a number such as 12.50")
    if found and not LEAST <= abs(found) <= MOST:
        raise PathsRefused(f"line {number}: {name} is “{text[:40]}”; give a number up to {MOST:,.0f}")
    return found


def paths_of(lines: Iterator[Line]) -> Paths:
    """The paths of some lines; those without a touch are counted beside."""
    known: dict[str, int] = {}
    touches, lengths, figures = list[int](), list[int](), list[tuple[float, float, float]]()
    bare = [0.0, 0.0]
    for line in lines:
        if not line.channels:
            bare = [bare[0] + line.conversions, bare[1] + line.value]
            continue
        touches += [known.setdefault(channel, len(known)) for channel in line.channels]
        lengths.append(len(line.channels))
        figures.append(line[1:])
    if not lengths:
        raise PathsRefused("there is no path with a touch; give at least one line whose path names a channel")
    conversions, values, nulls = np.array(figures, dtype=np.float64).T
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    return Paths(
        tuple(known), np.array(touches, dtype=np.int32), starts, conversions, values, nulls, (bare[0], bare[1])
    )
