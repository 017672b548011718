"""`manage.py attribute`: who gets credit for the conversions of anybody's aggregated paths."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from journeys.attribution.chains import ORDERS, Chain, Effects, chain_of, credited, effects_of
from journeys.attribution.errors import PathsRefused
from journeys.attribution.files import COLUMNS, read_paths
from journeys.attribution.paths import Credits, Floats, Paths
from journeys.attribution.sharing import SHARING


class Command(BaseCommand):
    help = "Credit channels with the conversions of aggregated paths, by every model, from a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--paths", required=True, type=Path, metavar="FILE", help=f"CSV: {','.join(COLUMNS)}")
        parser.add_argument("--separator", default=">", help="between the channels of a path (default: >)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            paths = read_paths(options["paths"], options["separator"])
            chains = {f"markov{order}": chain_of(paths, order) for order in ORDERS}
        except (PathsRefused, ValueError) as error:
            raise CommandError(str(error)) from error
        effects = {name: effects_of(chain) for name, chain in chains.items()}
        models = {name: model(paths) for name, model in SHARING.items()}
        models |= {name: credited(paths.totals, effect) for name, effect in effects.items()}
        if options["json"]:
            self.stdout.write(json.dumps(told(paths, models, chains, effects), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(table(paths, models)))


def told(
    paths: Paths, models: dict[str, Credits], chains: dict[str, Chain], effects: dict[str, Effects]
) -> dict[str, Any]:
    """Everything, as one JSON object."""
    conversions, value = paths.totals
    return {
        "totals": {"conversions": conversions, "value": value},
        "unattributed": dict(zip(("conversions", "value"), paths.unattributed, strict=True)),
        "models": {name: by_channel(paths.channels, found.conversions, found.values) for name, found in models.items()},
        "removal_effects": {
            name: by_channel(paths.channels, found.conversions, found.values) for name, found in effects.items()
        },
        "transitions": {
            name: [dict(zip(("from", "to", "probability"), row, strict=True)) for row in chain.transitions()]
            for name, chain in chains.items()
        },
    }


def by_channel(channels: Sequence[str], conversions: Floats, values: Floats) -> dict[str, Any]:
    return {
        channel: {"conversions": float(count), "value": float(value)}
        for channel, count, value in zip(channels, conversions, values, strict=True)
    }


def table(paths: Paths, models: dict[str, Credits]) -> list[str]:
    """The conversions that each model credits, for people to read."""
    width = max(len("channel"), *map(len, paths.channels))
    conversions, value = paths.totals
    wide = max(10, len(f"{conversions:,.2f}"))
    lines = ["  ".join([f"{'channel':<{width}}", *(f"{name:>{wide}}" for name in models)])]
    for at, channel in enumerate(paths.channels):
        credited_with = (f"{found.conversions[at]:>{wide},.2f}" for found in models.values())
        lines.append("  ".join([f"{channel:<{width}}", *credited_with]))
    lines += [
        "",
        f"{plain(conversions)} conversions, worth {value:,.2f} in all. Values, effects and transitions: --json",
    ]
    if paths.unattributed[0]:
        lines.append(f"{plain(paths.unattributed[0])} more touched no channel, and are credited to none.")
    return lines


def plain(count: float) -> str:
    """A count, with decimals only where it has some."""
    return f"{count:,.2f}".removesuffix(".00")
