"""The whole pass: every pair of records that shares a blocking key, scored in DuckDB in bounded memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crm.matching.comparisons import Comparison
from crm.matching.model import Model
from crm.matching.tables import Coded, figures, rarity

LOWEST_WEIGHT = -10.0  # pairs below it say nothing worth keeping
PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class ScoredPairs:
    """Scored pairs in columns; weight includes the prior, levels are by comparison (-1 nothing to compare)."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    weight: NDArray[np.float64]
    probability: NDArray[np.float64]
    levels: Mapping[str, NDArray[np.int8]]
    compared: int

    def __len__(self) -> int:
        return len(self.left)


def level_sql(comparison: Comparison, several: Collection[str]) -> str:
    """The level number of a pair l, r."""
    whens = "".join(f" when {level.sql(several)} then {at}" for at, level in comparison.closest())
    return f"(case when {comparison.without_sql(several)} then -1{whens} else 0 end)::tinyint"


def weight_sql(model: Model, comparison: Comparison) -> str:
    """What a comparison's level adds, the rarity of its value included."""
    name, whens = comparison.name, f"when 0 then {model.strengths[comparison.name][0]!r}::double"
    for at, level in comparison.closest():
        weight, u = model.strengths[name][at], model.levels[name][len(comparison.levels) - at].u
        added = f" + log2({u!r}::double / share_{level.frequency})" if level.frequency else ""
        whens += f" when {at} then {weight!r}::double{added}"
    return f"(case {name} {whens} else 0 end)"


def frequency_columns(comparisons: Collection[Comparison]) -> list[str]:
    return sorted({level.frequency for one in comparisons for level in one.levels if level.frequency})


def add_frequencies(connection: duckdb.DuckDBPyConnection, model: Model, columns: Mapping[str, Coded]) -> None:
    """Add tf_<column> to the table `records`: how frequent each record's value is."""
    wanted = [column for column in frequency_columns(model.comparisons) if column in columns]
    shares = {
        f"tf_{column}": rarity(columns[column], model.frequencies[column], model.floors[column]) for column in wanted
    }
    size = len(next(iter(columns.values())).index)
    connection.register("arriving", pa.table({"idx": pa.array(np.arange(size, dtype=np.int32)), **shares}))
    connection.execute("create or replace table scored_records as select * from records join arriving using (idx)")
    connection.unregister("arriving")


def score_sql(model: Model, several: Collection[str], floor: float) -> str:
    """Score the pairs of the table `candidates` (l, r) that reach the floor."""
    levels = ", ".join(f"{level_sql(one, several)} as {one.name}" for one in model.comparisons)
    shares = "".join(
        f", greatest(l.tf_{column}, r.tf_{column}) as share_{column}" for column in frequency_columns(model.comparisons)
    )
    weight = " + ".join((f"{model.prior_weight!r}::double", *(weight_sql(model, one) for one in model.comparisons)))
    names = ", ".join(one.name for one in model.comparisons)
    return (
        f"with levels as materialized (select candidates.l, candidates.r, {levels}{shares} from candidates "  # noqa: S608
        "join scored_records l on l.idx = candidates.l join scored_records r on r.idx = candidates.r), "
        f"weighed as materialized (select l, r, {weight} as weight, {names} from levels) "
        f"select * from weighed where weight >= {floor!r}"
    )


def candidates_sql(part: int, parts: int, is_linked: bool) -> str:
    """The pairs that share a key, of every parts-th left record."""
    sides = "a.side <> b.side" if is_linked else "true"
    return (
        "create or replace temp table candidates as select distinct a.idx as l, b.idx as r "  # noqa: S608
        f"from block_keys a join block_keys b on a.key = b.key and a.idx < b.idx "
        f"where a.idx % {parts} = {part} and {sides}"
    )


def parts_needed(connection: duckdb.DuckDBPyConnection) -> int:
    (made,) = figures(connection, "select sum(n * (n - 1) / 2) from (select count(*) n from block_keys group by key)")
    return 1 + int(made // PAIRS_AT_ONCE)


def score_all(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    columns: Mapping[str, Coded],
    *,
    is_linked: bool = False,
    floor: float = LOWEST_WEIGHT,
) -> ScoredPairs:
    """Score every candidate pair. The tables `records` and `block_keys` stand; columns: what records was made of."""
    add_frequencies(connection, model, columns)
    several = {name for name, column in columns.items() if column.has_several}
    parts, found, compared = parts_needed(connection), [], 0
    for part in range(parts):
        connection.execute(candidates_sql(part, parts, is_linked))
        compared += int(figures(connection, "select count(*) from candidates")[0])
        found.append(connection.sql(score_sql(model, several, floor)).to_arrow_table())
    return gathered(pa.concat_tables(found), model, compared)


def gathered(table: pa.Table, model: Model, compared: int) -> ScoredPairs:
    """The columns of the result, in NumPy."""
    weight = table["weight"].to_numpy()
    return ScoredPairs(
        table["l"].to_numpy(),
        table["r"].to_numpy(),
        weight,
        1 / (1 + np.exp2(-np.clip(weight, -500, 500))),
        {one.name: table[one.name].to_numpy() for one in model.comparisons},
        compared,
    )
