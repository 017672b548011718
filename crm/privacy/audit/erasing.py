"""Erasing the reasons that stand in the audit log. The application cannot: a function of the tables' owner does."""

from collections.abc import Collection

from crm.sql import array, cursor


def erase_reasons(entries: Collection[int], identifiers: Collection[int]) -> None:
    """Erase the reasons of these entries. That is an entry of its own."""
    with cursor() as sql:
        sql.execute("SELECT crm_erase_reasons(%s::bigint[])", [array(entries)])
