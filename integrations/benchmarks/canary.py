"""Looking for words everywhere: in every column of text of every table, in files, and in what was logged."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from psycopg import sql

from crm.sql import cursor

COLUMNS = """
    SELECT c.table_schema, c.table_name, c.column_name, c.udt_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
        AND c.udt_name = ANY(%s) ORDER BY 1, 2, 3
"""
TEXTS = ["text", "varchar", "bpchar", "name", "json", "jsonb", "tsvector", "xml", "bytea", "citext"]
PLAIN, BYTES = "({column})::text", "encode({column}, 'escape')"
# Raw bodies that are no text are kept in base64.
UNPACKED = """
    CASE WHEN {column} LIKE 'base64:%%' THEN encode(decode(substr({column}, 8), 'base64'), 'escape') ELSE {column} END
"""
COUNT = "SELECT count(*) FROM {table} WHERE {text} ILIKE ANY(%s)"
KEPT_BY_THE_SERVER = "postgres"  # the folder of its tables, which are looked at through it


def hits_in_database(words: Iterable[str]) -> dict[str, int]:
    """How many rows any of the words stands in, by schema.table.column; those without are left out."""
    wanted = [f"%{word}%" for word in words]
    with cursor() as asked:
        columns = asked.execute(COLUMNS, [[*TEXTS, *(f"_{one}" for one in TEXTS)]]).fetchall()
        found = {}
        for schema, table, column, kind in columns:
            told = {"table": sql.Identifier(schema, table), "text": as_text(column, kind)}
            (count,) = asked.execute(sql.SQL(COUNT).format(**told), [wanted]).fetchone() or (0,)
            if count:
                found[f"{schema}.{table}.{column}"] = int(count)
    return found


def as_text(column: str, kind: str) -> sql.Composed:
    form = {"bytea": BYTES, "text": UNPACKED}.get(kind, PLAIN)
    return sql.SQL(form).format(column=sql.Identifier(column))


def hits_in_files(folder: Path, words: Collection[str]) -> list[str]:
    """The files under a folder in whose names or bytes any of the words stands, but for the server's own."""
    needles = [word.lower().encode() for word in words]
    return sorted(str(path) for path in files_under(folder) if is_hit(path, needles))


def files_under(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name != KEPT_BY_THE_SERVER:
                yield from files_under(path)
        elif path.is_file():
            yield path


def is_hit(path: Path, needles: Collection[bytes]) -> bool:
    told = path.name.lower().encode() + b"\0" + path.read_bytes().lower()
    return any(needle in told for needle in needles)
