"""Read pages, searches and lists over millions of interactions: queries, whole responses, and the same by hand."""
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--interactions", type=int, default=200_000)


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    return {}
