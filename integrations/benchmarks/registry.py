"""Every benchmark: one module, and one line here."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from integrations.benchmarks import (
    access,
    arrivals,
    attribution,
    calls,
    doors,
    erasure,
    exploring,
    faults,
    identity,
    ingest,
    paths,
    retention,
    timeline,
    tracking,
    unmerge,
)

Say = Callable[[str], None]


class Benchmark(Protocol):
    """What a benchmark's module offers. Its docstring's first line is its help."""

    __doc__: str | None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare its options."""

    def run(self, options: Mapping[str, Any], say: Say) -> dict[str, float]:
        """Measure; returns the figures by name. What people may want to see beside them is said."""


BENCHMARKS: dict[str, Benchmark] = {
    "access": access,
    "ingest": ingest,
    "timeline": timeline,
    "explore": exploring,
    "faults": faults,
    "unmerge": unmerge,
    "identity": identity,
    "arrivals": arrivals,
    "tracking": tracking,
    "calls": calls,
    "attribution": attribution,
    "paths": paths,
    "erasure": erasure,
    "retention": retention,
    "doors": doors,
}
