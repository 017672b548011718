"""The door knows its sources: it reads them anew beside the requests, and waits only for old news or a newcomer."""

import asyncio
import time

import pytest

from crm.sources.models import Source
from integrations.errors import Rejected
from integrations.inbox import door
from integrations.inbox.door import SOURCES_FRESH, SOURCES_STALE, Sources

SHOP = Source(pk=7, name="shop", adapter="segment", namespace="shop")


class Table:
    """The sources as the database has them; reading takes as long as it is told."""

    def __init__(self) -> None:
        self.rows, self.free, self.reads = [SHOP], asyncio.Event(), 0

    async def read(self) -> list[Source]:
        self.reads += 1
        await self.free.wait()
        return self.rows


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table()
    monkeypatch.setattr(door, "enabled_sources", made.read)
    return made


async def known(table: Table) -> Sources:
    """The sources, read once."""
    sources = Sources()
    table.free.set()
    await sources.find("by_id", SHOP.public_id)
    table.free.clear()
    return sources


async def test_a_request_of_a_known_source_does_not_wait_for_the_reading(table: Table) -> None:
    sources = await known(table)
    sources.read_at = time.monotonic() - SOURCES_FRESH - 0.1
    found = await asyncio.wait_for(sources.find("by_id", SHOP.public_id), 1)
    assert found[0] == SHOP.pk
    table.rows = []
    table.free.set()
    await asyncio.wait_for(sources.renewal or asyncio.sleep(0), 1)
    assert table.reads == 2
    with pytest.raises(Rejected):
        await sources.find("by_id", SHOP.public_id)


async def test_what_is_old_is_read_before_anything_is_taken(table: Table) -> None:
    sources = await known(table)
    table.rows = []
    table.free.set()
    sources.read_at = time.monotonic() - SOURCES_STALE - 0.1
    with pytest.raises(Rejected):
        await sources.find("by_id", SHOP.public_id)
