"""What a site's own server vouches for: a browser's key is public, and proves nobody. Pure."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.segment.fields import text
from journeys.interactions.drafts import Seen

VOUCHED = ("login", "email", "cookie")  # of each one at most; whatever else an event names, nobody vouches for


def user_hash(secret: str, login: str, email: str = "") -> str:
    """What the server gives its page to send along as `context.userHash`: who is signed in, and their e-mail address.

    Hexadecimal HMAC-SHA256, keyed with the source's secret, of both with a newline between; the address in lower case,
    or nothing where the event names none.
    """
    return hmac.new(secret.encode(), f"{login}\n{email.casefold()}".encode(), hashlib.sha256).hexdigest()


def is_vouched_for(context: Mapping[str, Any], identifiers: Sequence[Seen], secret: str) -> bool:
    """Whether everything that an event names is what the site's own server vouches for."""
    told = text(context.get("userHash"), 64)
    kinds = [seen.kind for seen in identifiers]
    if not told or "login" not in kinds or len(set(kinds)) < len(kinds) or not set(kinds) <= set(VOUCHED):
        return False
    named = {seen.kind: seen.value for seen in identifiers}
    expected = user_hash(secret, named["login"], named.get("email", ""))
    return hmac.compare_digest(told.encode(), expected.encode())
