"""How often the API may be asked: by each key and each signed-in user, and by addresses that show wrong keys."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from crm.limiting import Buckets, is_of_this_machine
from crm.whence import address_of

if TYPE_CHECKING:  # at run time, its class body asks for this module's class while it is being made
    from rest_framework.views import APIView

ASKERS = Buckets(settings.API_RATE)
WRONG_KEYS = Buckets(settings.ADDRESS_RATE)


class KeyThrottle(BaseThrottle):
    """One key, or one signed-in user, does not keep the others waiting."""

    waiting = 0.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.waiting = ASKERS.wait(str(request.user or address_of(request)), time.monotonic())
        return not self.waiting

    def wait(self) -> float:
        return self.waiting


def refuse_guesser(request: Request) -> None:
    """Raises Throttled for an address that showed too many wrong keys."""
    address = address_of(request)
    if not is_of_this_machine(address) and (wait := WRONG_KEYS.wait(address, time.monotonic())):
        raise Throttled(wait)
