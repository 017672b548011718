"""Psycopg's own cursor, for arrays and COPY: Django's binds parameters on the client, which does neither."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from struct import Struct
from threading import local
from types import TracebackType
from typing import Any

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.postgres import types
from psycopg.pq import Format

from crm.stack.addresses import connection_string

PLANS_KEPT = 300  # statements; those that have not been asked for longest give way
INDEXES_ONLY = """
    SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
"""
INDEXES_ONLY_UNHURRIED = INDEXES_ONLY + ", set_config('synchronous_commit', 'off', true)"
FEW_ROWS = 1_000  # of the last result, which a cursor holds until it is used again
SPARES = 32  # cursors of one thread

Cursor = psycopg.Cursor[tuple[Any, ...]]


class Thread(local):
    """What a thread has at hand. spare: cursors that nobody is using, those used longest ago first; keeping: the
    connection that keeps plans; line: its pipeline.
    """

    def __init__(self) -> None:
        self.spare: deque[Cursor] = deque()
        self.keeping: psycopg.Connection[tuple[Any, ...]] | None = None
        self.line = ExitStack()


THREAD = Thread()


class cursor:
    """A server-binding cursor on Django's connection, inside whatever transaction it is in.

    Nothing is prepared (Django's default) but within `kept_plans`. Errors are Django's.
    """

    __slots__ = ("native",)

    def __enter__(self) -> Cursor:
        self.native = at_hand(raw_connection())
        return self.native

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            put_back(self.native)
            return
        self.native.close()
        connection.wrap_database_errors.__exit__(kind, error, trace)


def at_hand(raw: "psycopg.Connection[tuple[Any, ...]]") -> Cursor:
    """A cursor of this thread, used again and again: making one takes as long as asking a small question."""
    for _ in range(len(THREAD.spare)):
        spare = THREAD.spare.popleft()
        if spare.connection is raw and spare.pgresult:
            return spare
        if spare.connection is raw:
            THREAD.spare.append(spare)  # its answer is still to come
    return psycopg.Cursor(raw)


def put_back(used: Cursor) -> None:
    """Have a cursor used again, unless it holds much, or nothing that will ever be answered."""
    is_asked = used.pgresult or THREAD.keeping is not None
    if is_asked and used.rowcount < FEW_ROWS and len(THREAD.spare) < SPARES:
        THREAD.spare.append(used)
    else:
        used.close()


@contextmanager
def kept_plans(is_hurried: bool = True) -> Iterator[None]:
    """Within a transaction: every statement through `cursor` is planned once a connection, for its indexes, and is
    waited for only where its rows are asked for.

    Planning takes longer than answering where few rows are asked for, and so does waiting. The settings hold until the
    transaction ends; without them, a plan made while a table was nearly empty would read the whole of it for ever
    after. What a statement raises is raised when rows are next asked for, at the latest at the end of the block.
    is_hurried: whether the commit waits for the disk; what is due again after a crash need not.
    """
    if THREAD.keeping is not None:
        yield
        return
    raw = raw_connection()
    before, raw.prepared_max = raw.prepare_threshold, PLANS_KEPT
    raw.prepare_threshold, THREAD.keeping = 0, raw
    try:
        with connection.wrap_database_errors, connection.execute_wrapper(at_once), THREAD.line as line:
            line.enter_context(raw.pipeline())
            with cursor() as sql:
                sql.execute(INDEXES_ONLY if is_hurried else INDEXES_ONLY_UNHURRIED)
            yield
    finally:
        raw.prepare_threshold, THREAD.keeping = before, None
        THREAD.spare = deque(
            spare for spare in THREAD.spare if spare.pgresult
        )  # the others were asked nothing, or failed


def at_once(execute: Callable[..., Any], *asked: Any) -> Any:
    """Have what Django asks within `kept_plans` answered at once: it looks at how many rows there were."""
    found = execute(*asked)
    if THREAD.keeping is not None:
        with THREAD.keeping.pipeline() as line:
            line.sync()
    return found


@contextmanager
def copying(statement: str) -> Iterator[psycopg.Copy]:
    """COPY rows in, which a pipeline has to end for."""
    THREAD.line.close()
    try:
        with cursor() as sql, sql.copy(statement) as copy:
            yield copy
    finally:
        if THREAD.keeping is not None:
            THREAD.line.enter_context(THREAD.keeping.pipeline())


def raw_connection() -> "psycopg.Connection[tuple[Any, ...]]":
    """Psycopg's own connection, under Django's. Looking it up takes a fifth of a small question's time."""
    if THREAD.keeping is not None:
        return THREAD.keeping
    own = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks again for each attribute
    if own.connection is None:
        own.ensure_connection()
    raw = own.connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def array(values: Iterable[object]) -> str:
    """Numbers or times as the text of one array parameter, `%s::bigint[]`: psycopg's own takes each value in turn."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """Text as one array parameter, `%s::text[]`. Both ends take it in half the time of a recordset's column."""
    listed = list(values)
    plain = orjson.dumps(listed).decode()
    if "\\" not in plain:  # JSON quotes text as an array does, until something needs a backslash
        return f"{{{plain[1:-1]}}}"
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in listed)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


class Texts:
    """Text (UTF-8) as one array parameter, `%s::text[]`, in PostgreSQL's own binary form: nothing is escaped or parsed.

    Where there is much of it, or much that `texts` would have to escape.
    """

    __slots__ = ("values",)
    HEAD, LENGTH = Struct("!iiIii"), Struct("!i")

    def __init__(self, values: Collection[bytes]) -> None:
        self.values = values

    def packed(self) -> bytes:
        """The array as it is sent: dimensions, no nulls, type; length, lower bound; then each value after its size."""
        head = self.HEAD.pack(1, 0, types["text"].oid, len(self.values), 1)
        sizes = map(self.LENGTH.pack, map(len, self.values))
        return head + b"".join(chain.from_iterable(zip(sizes, self.values, strict=True)))


class TextsDumper(Dumper):
    """How psycopg sends `Texts`."""

    format = Format.BINARY
    oid = types["text"].array_oid

    def dump(self, obj: Texts) -> Buffer:
        return obj.packed()


psycopg.adapters.register_dumper(Texts, TextsDumper)


def recordset(names: str, rows: Iterable[Sequence[Any]]) -> str:
    """Rows as the one parameter of `json_to_recordset(%s) AS n (name type, ...)`. names: separated by spaces.

    Psycopg escapes a text array string by string; one JSON text costs half as much on both ends.
    """
    columns = names.split()
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows]).decode()


def conninfo() -> str:
    """A libpq connection string of the database that Django uses (the test database in tests)."""
    return connection_string(connection.settings_dict)
