"""Telling open screens that something happened: one NOTIFY per transaction, heard by every web process."""

from collections.abc import Iterable, Iterator

from crm.sql import cursor

CHANNEL = "throughline_live"
PAYLOAD_LIMIT = 7_900  # bytes; PostgreSQL takes 8,000


def notify(customers: Iterable[int]) -> None:
    """Announce, when the transaction commits, that these customers (ids) have something new."""
    with cursor() as sql:
        for payload in payloads(sorted(set(customers))):
            sql.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def announce(*topics: str) -> None:
    """Announce, when the transaction commits, that there is news of these topics; no customers' ids."""
    with cursor() as sql:
        sql.execute("SELECT pg_notify(%s, %s)", [CHANNEL, ",".join(topics)])


def payloads(customers: list[int]) -> Iterator[str]:
    """The ids, separated by commas, in as few payloads as hold them."""
    line = ""
    for customer in customers:
        if len(line) + 21 > PAYLOAD_LIMIT:
            yield line
            line = ""
        line += f",{customer}" if line else str(customer)
    if line:
        yield line


def heard(payload: str) -> frozenset[str]:
    """The topics in a payload: customers by their ids, and what rooms above announce under names of their own."""
    return frozenset(payload.split(",")) if payload else frozenset()
