"""The stock of names, places and sentences that the demonstration data is made of, and filling their slots. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from integrations.demo.letters import Scene

STOCK = Path(__file__).parent / "stock"

Facts = Mapping[str, str]


@cache
def stock(name: str) -> Any:
    """One file of the stock: names, places, mails, calls or messages."""
    return json.loads((STOCK / f"{name}.json").read_text(encoding="utf-8"))


def say(scene: Scene, options: Sequence[str], facts: Facts) -> str:
    """One of the sentences, its slots filled."""
    return scene.pick(options).format_map(facts)


def weighted(scene: Scene, options: Sequence[Any]) -> Any:
    """One of the options, each as likely as its weight."""
    return scene.dice.choices(options, [option["weight"] for option in options])[0]


def pounds(amount: float) -> str:
    return f"£{amount:,.0f}"


def long_date(day: date) -> str:
    return f"{day.day} {day:%B}"
