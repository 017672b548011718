"""The token that a vendor is asked with, where that is fetched (OAuth 2.0) and runs out."""

import json
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from integrations.posting import Letter, post
from integrations.uploads.answering import RETRIED
from integrations.uploads.errors import NoAccess, NotNow
from integrations.uploads.models import Destination
from integrations.uploads.parcels import Vendor

ADDRESS, PATH = "https://oauth2.googleapis.com", "/token"
EARLY = timedelta(minutes=2)  # before it runs out
NAMES = ("client_id", "client_secret", "refresh_token")


def token_of(destination: Destination, vendor: Vendor, *, is_anew: bool = False) -> str:
    """What a destination's requests are authorised by; "" where its vendor wants no such token.

    Raises NoAccess, NotNow.
    """
    if not vendor.has_tokens:
        return ""
    until = destination.token_until
    if is_anew or not destination.token or until is None or until <= timezone.now() + EARLY:
        fetch(destination)
    return destination.token


def fetch(destination: Destination) -> None:
    """Fetch a token, and keep it sealed. Raises NoAccess, NotNow."""
    told = {name: destination.settings.get(name, "") for name in NAMES} | {"grant_type": "refresh_token"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = (destination.base or ADDRESS) + PATH
    posted = post(Letter(url, headers, urlencode(told).encode(), tuple(settings.WEBHOOK_NETWORKS)), 15, 100_000)
    if posted.status in RETRIED:
        raise NotNow(posted.reason or f"no token was given ({posted.status})")
    try:
        found = json.loads(posted.answer)
        token, seconds = str(found["access_token"]), int(found.get("expires_in", 3600))
    except (ValueError, KeyError, TypeError):
        raise NoAccess(f"no token was given ({posted.status}): look at the refresh token") from None
    destination.token, destination.token_until = token, timezone.now() + timedelta(seconds=seconds)
    destination.save(update_fields=["token", "token_until"])
