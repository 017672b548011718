"""How often the doors let somebody ask: by key, by the address of a browser, by the address of who has no key."""

import time

from django.conf import settings

from crm.limiting import Buckets, is_of_this_machine
from integrations.adapter import Adapter, Request, SourceFacts
from integrations.errors import TooMany

STRAY = (401, 403, 404)  # what those hear who have no key, a wrong one, or sign wrongly


class Limits:
    """What the requests of one process may."""

    def __init__(self) -> None:
        self.keys = Buckets(settings.KEY_RATE)
        self.browsers = Buckets(settings.ADDRESS_RATE)
        self.strays = Buckets(settings.ADDRESS_RATE)

    def check_stray(self, request: Request) -> None:
        """Raises TooMany for an address that was refused too often."""
        if not is_of_this_machine(request.address) and self.strays.is_empty(request.address, time.monotonic()):
            raise TooMany("too many refused requests from this address; check the key, and send again in a while")

    def check(self, request: Request, source_id: int, source: SourceFacts, adapter: Adapter) -> None:
        """Raises TooMany for a key, or for a browser, that asks too often. Servers of our own have no such limit."""
        now = time.monotonic()
        if self.keys.wait(source_id, now):
            raise TooMany("too many requests with this key; send more events in each, or less")
        is_browser = adapter.cors and not source.is_trusted and not is_of_this_machine(request.address)
        if is_browser and self.browsers.wait((source_id, request.address), now):
            raise TooMany("too many requests from this address; send more events in each, or less")

    def note(self, request: Request, status: int) -> None:
        """Remember that an address was refused."""
        if status in STRAY:
            self.strays.wait(request.address, time.monotonic())
