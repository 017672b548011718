"""The signature of a phone system's webhook: over the time it was sent and the raw body. Pure.

X-Throughline-Timestamp: seconds since 1970; X-Throughline-Signature: HMAC-SHA256 of "<timestamp>.<body>" by the
source's secret, in hex with or without "sha256=" before it, or in base64url, as some phone systems make it.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from integrations.adapter import Request, SourceFacts
from integrations.errors import Rejected

TIMESTAMP, SIGNATURE = "x-throughline-timestamp", "x-throughline-signature"
WINDOW = 300  # seconds that a request may be old, or ahead of our clock


def check(request: Request, source: SourceFacts) -> None:
    """Raises Rejected (401, 403) unless the request was signed with the source's secret, a moment ago."""
    sent, given = request.headers.get(TIMESTAMP, "").strip(), request.headers.get(SIGNATURE, "").strip()
    if not sent or not given:
        raise Rejected(
            "telephony: send X-Throughline-Timestamp and X-Throughline-Signature; see the source's page", 401
        )
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise Rejected("telephony: X-Throughline-Timestamp is not a whole number of seconds since 1970", 401)
    if not is_right(given, signature(source.secret, sent, request.body)):
        raise Rejected('telephony: the signature is not that of "<timestamp>.<body>" by this source\'s secret', 403)
    off = request.received_at.timestamp() - int(sent)
    if abs(off) > WINDOW:
        word = "ago" if off > 0 else "ahead"
        raise Rejected(
            f"telephony: the request was signed {abs(off):,.0f} seconds {word}, over {WINDOW}: it is replayed, or a"
            " clock is wrong",
            403,
        )


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a request is signed with."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_right(given: str, right: str) -> bool:
    """Whether a signature is this one (hex), in either spelling."""
    short = urlsafe_b64encode(bytes.fromhex(right)).rstrip(b"=")
    said = given.encode("utf-8", "replace")
    is_hex = hmac.compare_digest(right.encode(), said.lower().removeprefix(b"sha256="))
    return is_hex or hmac.compare_digest(short, said.rstrip(b"="))
