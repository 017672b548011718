"""Records in DuckDB, where Splink trains on them. What matches live does without: DuckDB is 65 MB of a process."""

from collections.abc import Mapping, Sequence
from functools import cache
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crm.matching.scratch import folder_of
from crm.matching.tables import COMPARED_COLUMNS, Coded


@cache
def spill() -> TemporaryDirectory[str]:
    """A folder that only this system user may enter, and that is gone when the process ends."""
    return folder_of("matching")


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory, of its own; what does not fit there is not left lying about."""
    connection = duckdb.connect(config={"temp_directory": spill().name})
    connection.execute("set enable_progress_bar = false")
    return connection


def load(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Coded],
    size: int,
    sides: Sequence[int] | NDArray[np.int8] | None = None,
) -> None:
    """Make the table `records` (idx, side, the columns, and <column>_all where one has several values).

    Columns that comparisons look at and no record has are there too, empty.
    """
    made = {"idx": pa.array(np.arange(size, dtype=np.int32))}
    made["side"] = pa.array(np.zeros(size, dtype=np.int8) if sides is None else np.asarray(sides, dtype=np.int8))
    for name, column in columns.items():
        made[name] = column.firsts()
        if column.has_several:
            made[f"{name}_all"] = column.lists()
    made |= {name: pa.nulls(size, pa.string()) for name in sorted(COMPARED_COLUMNS - made.keys())}
    connection.register("arriving", pa.table(made))
    connection.execute("create or replace table records as select * from arriving order by idx")
    connection.unregister("arriving")


def figures(connection: duckdb.DuckDBPyConnection, sql: str) -> list[float]:
    """The first row of a query that counts; nothing counted is 0. It is read to its end, or the connection waits."""
    return [float(figure or 0) for figure in connection.execute(sql).fetchall()[0]]
