"""What an answer means for each parcel of a request. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from integrations.posting import Posted
from integrations.uploads.parcels import Ask, Fate, Outcome, Vendor

# Nothing answered, too many requests, their fault: it is tried again.
BAD_CREDENTIALS = "OAuthException 190 "
RETRIED = frozenset({None, 408, 425, 429, *range(500, 600)})
TOO_NEW = "CONVERSION_ACTION_TOO_RECENTLY_CREATED"
RIPENS = timedelta(hours=6)  # so long a conversion action is too new
CODE = re.compile(r"\A[A-Z][A-Z0-9_]{2,70}\Z")


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
    if TOO_NEW in code:
        return Outcome(Fate.AGAIN, code, "the conversion action is too new", RIPENS)
    return Outcome(Fate.REFUSED, code, f"they refused the request ({status}{', ' if code else ''}{code})")


def codes_of(told: Any) -> str:
    """The codes of an error, none of its text: that may say whose conversion it is."""
    error = told.get("error", {}) if isinstance(told, dict) else {}
    if not isinstance(error, dict):
        return ""
    codes = [error.get(name) for name in ("status", "type", "code", "error_subcode")]
    return " ".join(dict.fromkeys(str(one) for one in [*reasons_in(error), *codes] if one))[:80]


def reasons_in(error: dict[str, Any]) -> Iterator[str]:
    """Google's words for what is wrong, out of the details of an error: the fields' first, they say more."""
    listed = error.get("details")
    details = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    fields = [field for one in details for field in one.get("fieldViolations") or [] if isinstance(field, dict)]
    for one in [*fields, *details]:
        if CODE.match(str(one.get("reason", ""))):
            yield str(one["reason"])


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
