"""The starting model: what an installation matches by until its records teach enough.

How often one customer's records agree (m) and two customers' (u) was learned from the made-up customers of
integrations/benchmarks/messy, and is kept beside this module. How frequent values are, which blocking rules pay and
how many pairs are one customer's is each installation's own. Made by:

    manage.py benchmark identity --records 100000 --keep messy.parquet
    manage.py evaluate_matching --records messy.parquet --keep-start crm/matching/starting.json --truth person --id id
        --map given_name=given_name,...   (every field of the messy records)
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from crm.matching.blocking import rules_for
from crm.matching.candidates import candidates, usable
from crm.matching.errors import UnfitRecords
from crm.matching.households import has_households
from crm.matching.model import Model
from crm.matching.numbering import Numbers, numbered
from crm.matching.pairs import LOWEST_WEIGHT, Scorer
from crm.matching.tables import Coded, size_of
from crm.matching.training import PRIOR_ROUNDS

ENOUGH = 1_000  # records to learn from; of fewer, training finds next to nothing
PERSONAL = ("given_name", "surname", "date_of_birth")
LENT = 1_000  # made-up records that a column's frequencies begin with: of few of one's own, each would count too much
SEVERAL = 2  # records; a value of more may be a frequent one, of fewer a customer's own
CONTENT = Path(__file__).with_name("starting.json")


@cache
def kept() -> Model:
    """The model as it is kept."""
    return Model.from_json(CONTENT.read_text(encoding="utf-8"))


def start(columns: Mapping[str, Coded], now: datetime, because: str = "") -> Model:
    """Fit the starting model to records. Raises UnfitRecords where nothing can be compared by it.

    because: why none is learned from these records.
    """
    base, size = kept(), size_of(columns)
    told = {one.name: base.levels[one.name] for one in base.comparisons if has_values(columns, one.base)}
    if not told:
        raise UnfitRecords("nothing can be compared: no name, birth date or address differs between two records")
    version = f"{now:%Y%m%d-%H%M%S}-start"
    model = replace(base, version=version, trained_at=now.isoformat(), levels=told, because=because)
    model = replace(model, **frequencies(columns, usual_shares(model)))
    rules = rules_for(columns)
    looked_at = {column for rule in rules for column in rule.columns}
    numbers = numbered(columns, looked_at | model.columns, size)
    model = replace(model, keys=usable(numbers, rules, size))
    return with_prior(model, numbers, size)


def with_prior(model: Model, numbers: Mapping[str, Numbers], size: int) -> Model:
    """The model with the prior that its own scores add up to."""
    total = size * (size - 1) / 2
    model = replace(model, prior=min(0.5, size / total / 4))
    pairs = candidates(numbers, model.rules)
    for _ in range(PRIOR_ROUNDS):
        scores = Scorer(model, numbers).score(*pairs, LOWEST_WEIGHT)
        model = replace(model, prior=min(0.5, max(float(scores.probability.sum()), 1.0) / total))
    metrics = {"records": size, "compared": len(pairs[0]), "has_households": has_households(model, scores)}
    return replace(model, metrics=metrics)


def knows_people(model: Model, columns: Mapping[str, Coded]) -> bool:
    """Whether a trained model compares all that tells people apart and that the records bring.

    Without one of these a household is one person to it.
    """
    bases = {one.name: one.base for one in kept().comparisons if one.name in PERSONAL}
    return all(name in model.levels for name, base in bases.items() if has_values(columns, base))


def has_values(columns: Mapping[str, Coded], name: str) -> bool:
    """Whether a column has different values."""
    return name in columns and len(columns[name].counts()) > 1


def usual_shares(model: Model) -> dict[str, float]:
    """By column: how often two customers' values agree, as the starting model learned it."""
    return {
        level.frequency: model.levels[one.name][at].u
        for one in model.comparisons
        for at, level in enumerate(one.levels)
        if level.frequency
    }


def frequencies(columns: Mapping[str, Coded], usual: Mapping[str, float]) -> dict[str, Any]:
    """The share of records with each frequent value, by column, and the share that others count with."""
    tables, floors = {}, {}
    for column in sorted(usual.keys() & columns.keys()):
        counts = columns[column].counts()
        known, lent = sum(counts.values()) + LENT, LENT * usual[column]
        floors[column] = (SEVERAL + lent) / known
        tables[column] = {value: (n + lent) / known for value, n in counts.items() if n > SEVERAL}
    return {"frequencies": tables, "floors": floors}


def written(model: Model) -> str:
    """A trained model as a starting one: what is the installation's own left out."""
    bare = replace(model, keys=(), frequencies={}, floors={}, metrics={})
    return bare.to_json() + "\n"
