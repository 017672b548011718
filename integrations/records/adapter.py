"""Records: what another system, or a spreadsheet, has on file of somebody. Each is an identifier with its traits."""

import base64
import binascii
import hmac
from collections.abc import Sequence

import orjson

from integrations.adapter import Answer, Draft, Event, Request, SourceFacts
from integrations.errors import Rejected
from integrations.records.record import draft_of, event_of
from integrations.setting import Setting


class Records:
    """Records posted as JSON, or imported from a spreadsheet."""

    name = "records"
    channel = "record"
    is_trusted = False
    max_body = 5 * 1024 * 1024
    cors = False
    settings: Sequence[Setting] = ()

    def verify(self, request: Request, source: SourceFacts) -> None:
        if request.method != "POST":
            raise Rejected("records: this address takes POST", 405)
        shown = shown_secret(request.headers.get("authorization", ""))
        if not hmac.compare_digest(shown.encode(), source.secret.encode()):
            raise Rejected("records: send the source's secret as Authorization: Bearer <secret>", 401)

    def split(self, request: Request, source: SourceFacts) -> Sequence[Event]:
        """One event per record; one that cannot be understood fails alone."""
        try:
            told = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise Rejected(f"records: the body is not JSON ({str(error)[:100]})") from None
        found = told if isinstance(told, list) else [told]
        if not found or not all(isinstance(one, dict) for one in found):
            raise Rejected("records: send one record as a JSON object, or a list of them")
        return [event_of(one, request.received_at) for one in found]

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        return [draft_of(event, source)]

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        return Answer()


def shown_secret(authorization: str) -> str:
    """The secret in a header: a Bearer token, or the password of Basic auth; "" when there is none."""
    scheme, _, told = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return told.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(told).decode().partition(":")[2]
    except (ValueError, binascii.Error):
        return ""
