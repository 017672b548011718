"""Which requests are taken, by which path, with which key, in which wrapping."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from integrations.errors import Rejected
from integrations.segment.adapter import write_key
from integrations.segment.reading import MAX_BATCH
from integrations.segment.tests.requests import ADAPTER, SOURCE, basic, fixture, get, parse, post, split


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t", "/v1/track/", "v1/track"])
def test_a_track_event_is_taken_at_every_path_that_clients_use(path: str) -> None:
    [event] = split(post(path, fixture("track")))
    assert (event.key, event.kind, event.reason) == ("ajs-next-1748439999-order", "track", "")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v1/identify", "identify"), ("/v1/i", "identify"), ("/v1/page", "page"), ("/v1/p", "page"),
     ("/v1/screen", "screen"), ("/v1/s", "screen"), ("/v1/group", "group"), ("/v1/g", "group"),
     ("/v1/alias", "alias"), ("/v1/a", "alias")],
)  # fmt: skip
def test_the_path_tells_the_type_of_a_single_event(path: str, kind: str) -> None:
    body = fixture(kind)
    del body["type"]
    [event] = split(post(path, body))
    assert event.kind == parse(event).kind == kind


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/b", "/v1/batch/"])
def test_a_batch_is_taken_at_every_path_that_clients_use(path: str) -> None:
    assert [event.key for event in split(post(path, fixture("batch")))] == ["b-1", "b-2", "b-3"]


def test_the_browser_librarys_own_metrics_are_of_no_customer() -> None:
    assert split(post("/v1/m", {"series": [{"type": "Counter", "metric": "analytics_js.invoke"}]})) == []


def test_an_unknown_path_is_not_found() -> None:
    with pytest.raises(Rejected, match="there is no /pixel") as refusal:
        split(post("/v1/pixel", {}))
    assert refusal.value.status == 404


# The write key


def test_the_write_key_is_the_basic_user() -> None:
    assert write_key(post("/v1/batch", b"not read", authorization=basic("wk_web"))) == "wk_web"


@pytest.mark.parametrize("authorization", ["", "Bearer abc", "Basic %%%", "Basic " + base64.b64encode(b":").decode()])
def test_the_write_key_is_found_in_the_body_otherwise(authorization: str) -> None:
    assert write_key(post("/v1/batch", fixture("batch"), authorization=authorization)) == "wk_web"


def test_the_write_key_of_a_batch_may_stand_in_its_first_event() -> None:
    assert write_key(post("/v1/batch", {"batch": [{"writeKey": "wk_web"}]})) == "wk_web"
    assert write_key(post("/v1/batch", [{"writeKey": "wk_web"}])) == "wk_web"


def test_senders_with_a_shape_of_their_own_show_an_api_key() -> None:
    assert write_key(post("/v1/batch/", fixture("capture"))) == "wk_web"


def test_the_write_key_of_the_settings_is_in_their_path() -> None:
    assert write_key(get("/v1/projects/wk_web/settings")) == "wk_web"
    assert write_key(get("/v1/t", query="writeKey=wk_web")) == "wk_web"
    assert write_key(get("/v1/projects")) == ""


@pytest.mark.parametrize("body", [{}, {"writeKey": None}, {"writeKey": 7}, {"batch": []}, {"batch": [1]}, [], 5, None])
def test_a_body_without_a_write_key_has_none(body: object) -> None:
    assert write_key(post("/v1/batch", body)) == ""


def test_another_sources_write_key_is_refused() -> None:
    ADAPTER.verify(post("/v1/t", {}, authorization=basic("wk_web")), SOURCE)
    for key in ("wk_other", "\ud800", "wk_wéb"):
        with pytest.raises(Rejected) as refusal:
            ADAPTER.verify(post("/v1/t", {"writeKey": key}), SOURCE)
        assert refusal.value.status == 401


# Wrapping


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_json_is_read_whatever_the_content_type_says(content_type: str) -> None:
    assert len(split(post("/v1/b", fixture("batch"), content_type=content_type))) == 3


@pytest.mark.parametrize("wrap", [lambda text: text, lambda text: base64.b64encode(text.encode())])
def test_json_is_read_in_a_forms_data_field(wrap: Callable[[str], str | bytes]) -> None:
    body = urlencode({"data": wrap(json.dumps(fixture("track")))}).encode()
    [event] = split(post("/v1/t", body, content_type="application/x-www-form-urlencoded"))
    assert parse(event).title == "Order Completed"


@pytest.mark.parametrize("encoding", ["gzip", "", "identity"])
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_gzip_is_inflated_whatever_the_headers_say(encoding: str, content_type: str) -> None:
    body = gzip.compress(json.dumps(fixture("batch")).encode())
    assert len(split(post("/v1/batch", body, content_encoding=encoding, content_type=content_type))) == 3


def test_a_body_that_only_claims_to_be_gzip_is_read_as_it_is() -> None:
    assert len(split(post("/v1/batch", fixture("batch"), content_encoding="gzip"))) == 3


def test_gzip_in_several_members_is_one_body() -> None:
    text = json.dumps(fixture("batch")).encode()
    assert len(split(post("/v1/batch", gzip.compress(text[:100]) + gzip.compress(text[100:])))) == 3


def test_a_byte_order_mark_is_no_part_of_json() -> None:
    assert len(split(post("/v1/batch", b"\xef\xbb\xbf" + json.dumps(fixture("batch")).encode()))) == 3


def test_truncated_or_damaged_gzip_is_refused() -> None:
    body = gzip.compress(json.dumps(fixture("batch")).encode())
    with pytest.raises(Rejected, match="ends too early"):
        split(post("/v1/batch", body[:-9]))
    with pytest.raises(Rejected, match="damaged"):
        split(post("/v1/batch", body[:20] + b"\xff" * 40))


def test_a_zip_bomb_is_not_inflated() -> None:
    bomb = zlib.compressobj(wbits=31)
    body = b"".join(bomb.compress(b" " * 1_000_000) for _ in range(300)) + bomb.flush()
    assert len(body) < MAX_BATCH
    with pytest.raises(Rejected, match="inflates to more"):
        split(post("/v1/batch", body))


# What is not JSON, or too much of it


@pytest.mark.parametrize("body", [b"", b"  ", b"not json", b"{", b"\xff\xfe{\x00}\x00", b"<xml/>", b"a=b"])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        split(post("/v1/track", body))
    assert refusal.value.status == 400


@pytest.mark.parametrize("body", [[], 5, None, "text", True])
def test_a_single_event_must_be_an_object(body: object) -> None:
    with pytest.raises(Rejected, match="not a JSON object"):
        split(post("/v1/track", body))


@pytest.mark.parametrize("body", [{}, {"batch": None}, {"batch": {}}, 5, None, "text"])
def test_a_batch_must_have_a_list(body: object) -> None:
    with pytest.raises(Rejected, match="list of events"):
        split(post("/v1/batch", body))


def test_deep_nesting_is_refused() -> None:
    for depth in (300, 950, 5_000, 100_000):
        body = b'{"userId":"u","event":"e","properties":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
        with pytest.raises(Rejected, match=r"nested too deeply|over \d+ bytes"):
            split(post("/v1/track", body))


def test_an_event_over_32_kb_is_refused() -> None:
    with pytest.raises(Rejected, match="over 32768 bytes"):
        split(post("/v1/track", {"userId": "u", "event": "e", "properties": {"x": "y" * 33_000}}))
    with pytest.raises(Rejected, match="over 32768 bytes"):
        split(post("/v1/track", gzip.compress(json.dumps({"userId": "u", "event": "e", "x": "y" * 33_000}).encode())))


def test_a_batch_over_500_kb_or_of_too_many_events_is_refused() -> None:
    event = {"type": "track", "userId": "u", "event": "e", "properties": {"x": "y" * 20_000}}
    with pytest.raises(Rejected, match="over 512000 bytes"):
        split(post("/v1/batch", {"batch": [event] * 26}))
    with pytest.raises(Rejected, match="over 2500 events"):
        split(post("/v1/batch", {"batch": [1] * 2_501}))


# Answers


def test_the_answer_is_success() -> None:
    answer = ADAPTER.answer(post("/v1/t", {}), SOURCE)
    assert (answer.status, json.loads(answer.body)) == (200, {"success": True})


def test_the_settings_start_the_browser_library_with_our_address_only() -> None:
    request = get("/v1/projects/wk_web/settings", "http://127.0.0.1:8000/v1/projects/wk_web/settings")
    found = json.loads(ADAPTER.answer(request, SOURCE).body)
    assert list(found["integrations"]) == ["Segment.io"]
    ours = found["integrations"]["Segment.io"]
    assert (ours["apiKey"], ours["apiHost"], ours["protocol"]) == ("wk_web", "127.0.0.1:8000/v1", "http")


def test_events_are_not_taken_by_get() -> None:
    with pytest.raises(Rejected, match="use POST"):
        ADAPTER.answer(get("/v1/t"), SOURCE)
