"""What an answer means for each parcel of a request. Pure."""

import json
from collections.abc import Sequence
from typing import Any

from integrations.posting import Posted
from integrations.uploads.parcels import Ask, Fate, Outcome, Vendor

# Nothing answered, too many requests, their fault: it is tried again.
BAD_CREDENTIALS = "OAuthException 190 "
RETRIED = frozenset({None, 408, 425, 429, *range(500, 600)})


def judged(vendor: Vendor, ask: Ask, posted: Posted) -> Sequence[Outcome]:
    if posted.status in RETRIED:
        said = posted.reason or f"they answered {posted.status}"
        return [Outcome(Fate.AGAIN, str(posted.status or ""), said)] * len(ask.parcels)
    told = json_of(posted.answer)
    if posted.status is None or not 200 <= posted.status < 300:
        return [refused(posted.status, told)] * len(ask.parcels)
    return vendor.outcomes(ask, posted.status, told)


def refused(status: int | None, told: Any) -> Outcome:
    """A request that was refused as a whole: by the codes that the answer gives, none of its text."""
    code = codes_of(told)
    return Outcome(Fate.REFUSED, code, f"they refused the request ({status}{', ' if code else ''}{code})")


def codes_of(told: Any) -> str:
    """The codes of an error, none of its text: that may say whose conversion it is."""
    error = told.get("error", {}) if isinstance(told, dict) else {}
    codes = [error.get(name) for name in ("status", "type", "code", "error_subcode")] if isinstance(error, dict) else []
    return " ".join(str(one) for one in codes if one)[:80]


def is_no_access(posted: Posted) -> bool:
    """Whether it is the credentials that are wrong. Meta says that with a 400, and a code."""
    return posted.status in (401, 403) or (
        posted.status == 400 and BAD_CREDENTIALS in f"{codes_of(json_of(posted.answer))} "
    )


def json_of(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return None
