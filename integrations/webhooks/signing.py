"""Signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com): symmetric, `v1`."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
BYTES = 32  # of a secret; the specification wants 24 to 64


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def signed(message_id: str, at: int, body: bytes, by: Iterable[str]) -> dict[str, str]:
    """The headers of a message that is sent at a time (Unix seconds), signed with each of these secrets."""
    content = b".".join([message_id.encode(), str(at).encode(), body])
    signatures = " ".join(f"v1,{signature(secret, content)}" for secret in by)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signatures}


def signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
