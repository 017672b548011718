"""Ad platforms on this machine, which check what theirs document, and refuse as those do."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

from integrations.uploads.tests.data_manager import DataManagerApi
from integrations.webhooks.tests.receiver import Server

HASH = re.compile(r"^[0-9a-f]{64}$")
WHEN = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$")
E164 = re.compile(r"^\+[1-9]\d{6,14}$")
CONSENT = {"adUserData", "adPersonalization"}
UNKNOWN = {"error": {"code": 401, "status": "UNAUTHENTICATED"}}
MESSAGE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
Reply = tuple[int, Any]


class Asked(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: Any


class Platforms(BaseHTTPRequestHandler):
    """Google's sign-in, Google Ads, its Data Manager, GA4 and Meta, by their paths.

    faults, token_faults: what is done to the next requests instead: a status, "drop" (all is done, and nothing
    answered), or "hold" (all is done, and answered once it is let go).
    counted: {what it is known by: what was counted of it}, by platform.
    """

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[Asked]] = []
    faults: ClassVar[list[Any]] = []
    token_faults: ClassVar[list[Any]] = []
    data_manager: ClassVar = DataManagerApi()
    counted: ClassVar[dict[str, dict[str, Any]]] = {}
    tokens: ClassVar[list[str]] = []
    unknown: ClassVar[set[str]] = set()  # click ids that Google has never seen
    held: ClassVar = threading.Event()  # that one is held
    let_go: ClassVar = threading.Event()

    def do_GET(self) -> None:
        if int(self.headers.get("Content-Length", 0)):
            return self.reply(400, None)
        return self.do(None)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        return self.do(parse_qs(raw) if urlsplit(self.path).path == "/token" else json.loads(raw))

    def do(self, body: Any) -> None:
        path = urlsplit(self.path)
        self.asked.append(Asked(self.path, dict(self.headers), body))
        self.close_connection = True
        faults = self.token_faults if path.path == "/token" else self.faults
        fault = faults.pop(0) if faults else None
        if isinstance(fault, int):
            return self.reply(fault, {"error": {"code": fault, "status": "UNAVAILABLE"}})
        status, said = self.answer(path.path, body)
        if fault == "hold":
            self.held.set()
            self.let_go.wait()
        if fault != "drop":
            self.reply(status, said)
        return None

    def answer(self, path: str, body: Any) -> Reply:
        if path == "/token":
            return self.token(body)
        if path.startswith("/v1/"):
            return self.manager(path, body)
        if path.endswith("mp/collect"):
            return self.ga4(path, body)
        return self.meta(body) if path.endswith("/events") else self.google(path.rpartition(":")[2], body)

    def reply(self, status: int, said: Any) -> None:
        content = b"" if status == 204 else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    # Google Ads

    def token(self, body: Any) -> Reply:
        if body.get("refresh_token") != ["refresh-me"] or body.get("grant_type") != ["refresh_token"]:
            return 400, {"error": "invalid_grant"}
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return 200, {"access_token": self.tokens[-1], "expires_in": 3599}

    def is_known(self) -> bool:
        return bool(self.tokens) and self.headers["Authorization"] == f"Bearer {self.tokens[-1]}"

    def manager(self, path: str, body: Any) -> Reply:
        if not self.is_known():
            return 401, UNKNOWN
        if path == "/v1/events:ingest":
            return self.data_manager.ingest(body)
        return self.data_manager.status(parse_qs(urlsplit(self.path).query)["requestId"][0])

    def google(self, act: str, body: Any) -> Reply:
        if not self.is_known():
            return 401, UNKNOWN
        if body.get("partialFailure") is not True or not self.headers["developer-token"]:
            return 400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}}
        name = "conversionAdjustments" if act == "uploadConversionAdjustments" else "conversions"
        check = {"uploadClickConversions": self.click, "uploadCallConversions": self.call}.get(act, self.adjust)
        is_dry = bool(body.get("validateOnly"))
        errors = [(n, code) for n, one in enumerate(body[name]) if (code := check(one, is_dry=is_dry))]
        if not errors:
            return 200, {"results": [{}] * len(body[name])}
        details = [
            {"errorCode": {"conversionUploadError": code}, "message": "of Cj0K", "trigger": {"stringValue": "Cj0K"},
             "location": {"fieldPathElements": [{"fieldName": "conversions", "index": n}, {"fieldName": "gclid"}]}}
            for n, code in errors
        ]  # fmt: skip
        failure = {"code": 3, "message": "several", "details": [{"@type": MESSAGE, "errors": details}]}
        return 200, {"partialFailureError": failure, "results": [{}] * len(body[name])}

    def click(self, one: Any, *, is_dry: bool) -> str:
        ids = [one[name] for name in ("gclid", "gbraid", "wbraid") if name in one]
        if len(ids) != 1 or not WHEN.match(one["conversionDateTime"]) or set(one["consent"]) != CONSENT:
            return "INVALID"
        if ids[0] in self.unknown:
            return "CLICK_NOT_FOUND"
        return self.count("google", one["orderId"], one, "DUPLICATE_ORDER_ID", is_dry=is_dry)

    def call(self, one: Any, *, is_dry: bool) -> str:
        if not E164.match(one["callerId"]) or not WHEN.match(one["callStartDateTime"]):
            return "INVALID"
        key = one["callerId"] + one["conversionDateTime"]
        return self.count("google", key, one, "CALL_CONVERSION_ALREADY_EXISTS", is_dry=is_dry)

    def adjust(self, one: Any, *, is_dry: bool) -> str:
        known = self.counted["google"].get(one["orderId"])
        if known is None:
            return "CONVERSION_NOT_FOUND"
        if known.get("retracted"):
            return "CONVERSION_ALREADY_RETRACTED"
        if one["adjustmentType"] == "RETRACTION":
            known["retracted"] = True
        else:
            known["conversionValue"] = one["restatementValue"]["adjustedValue"]
        return ""

    def count(self, whose: str, key: str, one: Any, code: str, *, is_dry: bool = False) -> str:
        if key in self.counted[whose]:
            return code
        if not is_dry:
            self.counted[whose][key] = dict(one)
        return ""

    # GA4 takes whatever comes, and says nothing

    def ga4(self, path: str, body: Any) -> Reply:
        faults = [fault for event in body["events"] for fault in self.event_faults(body, event)]
        if path.startswith("/debug/"):
            return 200, {"validationMessages": faults}
        if not faults and "api_secret=secret-of-ga" in self.path:
            for event in body["events"]:
                self.counted["ga4"].setdefault(f"{event['name']} {event['params']['transaction_id']}", event)
        return 204, None

    def event_faults(self, body: Any, event: Any) -> Iterator[dict[str, str]]:
        age = timezone.now().timestamp() - body.get("timestamp_micros", 9e15) / 1e6
        if age > 72 * 3600 or not body.get("client_id"):
            yield {"fieldPath": "timestamp_micros", "validationCode": "VALUE_OUT_OF_BOUNDS"}
        if not re.fullmatch("[A-Z]{3}", event["params"]["currency"]):
            yield {"fieldPath": "events[0].params.currency", "validationCode": "VALUE_INVALID"}

    # Meta takes all of a request, or nothing

    def meta(self, body: Any) -> Reply:
        if self.headers["Authorization"] != "Bearer token-of-meta":
            return 400, {"error": {"type": "OAuthException", "code": 190}}
        for one in body["data"]:
            if not self.is_fit(one):
                error = {"message": "about somebody", "type": "OAuthException", "code": 100, "error_subcode": 2804003}
                return 400, {"error": error}
        for one in body["data"]:
            where = "meta tests" if body.get("test_event_code") else "meta"
            self.counted.setdefault(where, {}).setdefault(f"{one['event_name']} {one['event_id']}", one)
        return 200, {"events_received": len(body["data"]), "fbtrace_id": "A"}

    def is_fit(self, one: Any) -> bool:
        age = timezone.now().timestamp() - one["event_time"]
        hashes = [each for name in ("em", "ph") for each in one["user_data"].get(name, [])]
        is_known = bool(one["user_data"]) and one["action_source"] != "website"
        return 0 <= age <= 7 * 86400 and all(map(HASH.match, hashes)) and is_known

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@contextmanager
def listening() -> Iterator[str]:
    """The address of running platforms."""
    for kept in (Platforms.asked, Platforms.faults, Platforms.token_faults, Platforms.tokens, Platforms.unknown):
        kept.clear()
    Platforms.held.clear()
    Platforms.let_go.clear()
    Platforms.counted = {"google": {}, "ga4": {}, "meta": {}}
    Platforms.data_manager = DataManagerApi()
    server = Server(("127.0.0.1", 0), Platforms)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        Platforms.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
