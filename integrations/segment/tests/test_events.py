"""What is read from each kind of event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.adapter import Event
from integrations.errors import Unreadable
from integrations.segment.devices import in_words
from integrations.segment.pages import CLICK_IDS, from_query
from integrations.segment.tests.requests import RECEIVED, draft_of, fixture, parse, post, split
from journeys.interactions.drafts import Channel, ConsentGiven, Draft

PAGE = {"type": "page", "anonymousId": "a-1"}


def seen(draft: Draft) -> set[tuple[str, str]]:
    return {(item.kind, item.value) for item in draft.identifiers}


def test_an_identify_gives_identifiers_and_traits_by_their_standard_names() -> None:
    draft = draft_of(fixture("identify"))
    assert (draft.channel, draft.kind, draft.key) == (Channel.WEB, "identify", "node-next-1748439876-identify-1")
    assert seen(draft) == {
        ("login", "97980cfea0067"), ("cookie", "507f191e810c19729de860ea"), ("email", "Jane.Okafor@example.com"),
        ("phone", "+44 1632 960001"),
    }  # fmt: skip
    assert draft.traits == {
        "given_name": "Jane", "surname": "Okafor", "date_of_birth": "1984-03-09", "street": "6 Harbour Row",
        "city": "Bristol", "state": "Avon", "postcode": "BS1 4SB", "country": "United Kingdom",
        "company": "Okafor & Sons", "plan": "gold", "logins": "5", "newsletter": "yes", "interests": "beach, diving",
        "language": "en-GB",
    }  # fmt: skip
    assert draft.title == "Gave details: e-mail, phone, name, date of birth, address and 5 more"
    assert draft.occurred_at == datetime(2026, 5, 28, 13, 44, 36, 581_000, tzinfo=UTC)


def test_an_identify_with_nothing_but_ids_is_a_sign_in() -> None:
    assert draft_of({"type": "identify", "userId": "u"}).title == "Signed in"
    assert draft_of({"type": "identify", "anonymousId": "a"}).title == "Was recognised"


def test_a_track_event_shows_what_was_bought_and_the_campaign() -> None:
    draft = draft_of(fixture("track"))
    assert (draft.kind, draft.title) == ("track", "Order Completed")
    assert ("email", "jane.okafor@example.com") in seen(draft)
    assert draft.references == (("order", "BAH-50314911"),)
    assert (draft.data["event"], draft.data["value"], draft.data["currency"]) == ("Order Completed", 2480.5, "GBP")
    assert draft.data["products"] == [{"name": "Nassau, 7 nights", "quantity": "2", "price": "1190"}, {"name": "G-32"}]
    assert draft.data["campaign"] == {
        "name": "Bahamas Spring", "source": "google", "medium": "cpc", "term": "bahamas holiday", "content": "ad 3",
    }  # fmt: skip
    assert draft.data["device"] == "iPhone"
    assert draft.data["path"] == "/checkout/thanks"
    assert draft.data["properties"]["coupon"] == "EARLYBIRD"
    assert "email" not in draft.data["properties"]


def test_a_page_shows_its_title_campaign_and_click_id() -> None:
    draft = draft_of(fixture("page"))
    assert (draft.kind, draft.title) == ("page", "The Bahamas | Holidays")
    assert seen(draft) == {("cookie", "507f191e810c19729de860ea")}
    assert draft.data["campaign"] == {"name": "Bahamas Spring", "source": "google", "medium": "cpc"}
    assert draft.data["click_ids"] == {"gclid": "Cj0KCQjw"}
    assert draft.data["referrer"] == "https://www.google.com/"
    assert (draft.data["device"], draft.data["name"]) == ("Chrome on Windows", "Destination")
    assert draft.data["properties"] == {"category": "Holidays"}
    assert draft.traits == {}


@pytest.mark.parametrize("name", sorted(CLICK_IDS))
def test_a_click_id_is_kept_also_where_the_address_says_nothing_else(name: str) -> None:
    assert from_query(f"https://www.example.com/?{name}=x1&page=2") == ({}, {name: "x1"})


def test_a_page_without_a_title_is_called_by_its_name_or_path() -> None:
    assert draft_of({**PAGE, "name": "Home", "properties": {"path": "/"}}).title == "Home"
    assert draft_of({**PAGE, "context": {"page": {"path": "/quote"}}}).title == "/quote"
    assert draft_of(PAGE).title == "A page"


def test_consents_are_read_from_the_consent_managers_categories() -> None:
    assert draft_of(fixture("page")).consents == (ConsentGiven("marketing", True), ConsentGiven("analytics", False))
    for odd in ({"Marketing": "yes"}, ["Marketing"], None, {"": True}, {"x" * 41: True}):
        assert draft_of({**PAGE, "context": {"consent": {"categoryPreferences": odd}}}).consents == ()


def test_a_screen_of_an_app_names_its_device_and_who_is_signed_in() -> None:
    draft = draft_of(fixture("screen"))
    assert (draft.kind, draft.title, draft.data["device"]) == ("screen", "My bookings", "iPhone")
    assert ("email", "jane.okafor@example.com") in seen(draft)


def test_a_group_tells_the_company_and_its_contact_details_are_nobodys() -> None:
    draft = draft_of(fixture("group"))
    assert seen(draft) == {("login", "97980cfea0067")}
    assert draft.traits == {"company": "Okafor & Sons"}
    assert (draft.title, draft.data["group"]) == ("Belongs to Okafor & Sons", "0e8c78ea9d97a7b8185e8632")


def test_an_alias_joins_the_browser_and_the_login() -> None:
    draft = draft_of(fixture("alias"))
    assert seen(draft) == {("login", "97980cfea0067"), ("cookie", "507f191e810c19729de860ea")}
    assert draft.title == "Recognised"


def test_external_ids_name_the_accounts_at_meta_and_nothing_else() -> None:
    told = [
        {"id": "7204118000000000", "type": "instagram:17841455020180600", "collection": "users", "encoding": "none"},
        {"id": "1.2", "type": "ga_client_id"}, {"type": "messenger:1"}, "odd",
    ]  # fmt: skip
    draft = draft_of({"type": "identify", "userId": "u", "context": {"externalIds": told}})
    handles = [(item.value, item.namespace) for item in draft.identifiers if item.kind == "handle"]
    assert handles == [("7204118000000000", "instagram:17841455020180600")]
    assert seen(draft_of({"type": "identify", "userId": "u", "context": {"externalIds": "odd"}})) == {("login", "u")}


def test_ids_may_be_numbers_or_null() -> None:
    assert seen(draft_of({"type": "page", "userId": 4711, "anonymousId": None})) == {("login", "4711")}
    assert seen(draft_of({"type": "page", "userId": 12.0, "anonymousId": ""})) == {("login", "12")}


def test_an_email_of_10_kb_or_of_another_type_is_no_identifier() -> None:
    for odd in ("a" * 10_000 + "@example.com", {"x": 1}, ["jane@example.com"], 5, True, None):
        assert seen(draft_of({"type": "identify", "userId": "u", "traits": {"email": odd}})) == {("login", "u")}


def test_a_phone_may_be_a_number() -> None:
    assert ("phone", "441632960001") in seen(
        draft_of({"type": "identify", "userId": "u", "traits": {"phone": 441632960001}})
    )


@pytest.mark.parametrize("odd", [None, 5, "text", [1, 2], True])
def test_fields_of_the_wrong_type_are_passed_over(odd: Any) -> None:
    fields = ("context", "properties", "traits", "name", "category", "groupId", "integrations")
    for kind in ("identify", "track", "page", "screen", "group"):
        draft = draft_of({"type": kind, "userId": "u", "event": "e", **dict.fromkeys(fields, odd)})
        assert seen(draft) == {("login", "u")}
    inner = {
        "page": odd,
        "campaign": odd,
        "device": odd,
        "consent": odd,
        "traits": odd,
        "userAgent": odd,
        "locale": odd,
    }
    assert seen(draft_of({**PAGE, "context": inner, "properties": {"url": odd, "products": odd, "revenue": odd}}))


def test_many_and_long_properties_and_traits_are_capped() -> None:
    many = {f"field {n}": "x" * 500 for n in range(50)}
    track = draft_of({"type": "track", "userId": "u", "event": "e" * 5_000, "properties": many})
    assert len(track.data["properties"]) == 30
    assert max(map(len, track.data["properties"].values())) == 300
    assert len(track.title) == 300
    identify = draft_of({"type": "identify", "userId": "u", "traits": {f"t{n}": n for n in range(200)} | {"y" * 61: 1}})
    assert len(identify.traits) == 60


@pytest.mark.parametrize(
    "url", ["http://[bad?utm_source=x", "?utm_source=x", "x" * 5_000 + "?utm_source=x", "?" + "utm_source=x&" * 200]
)
def test_odd_addresses_do_no_harm(url: str) -> None:
    assert len(draft_of({**PAGE, "properties": {"url": url}}).data["url"]) <= 2_000


@pytest.mark.parametrize(
    ("agent", "words"),
    [("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/17.4 Safari/605", "Safari on Mac"),
     ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "Firefox on Linux"),
     ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537 Chrome/125.0 Mobile Safari/537", "Chrome on Android"),
     ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/125.0 Safari/537.36 Edg/125.0", "Edge on Windows"),
     ("analytics-python/2.4.0", "")],
)  # fmt: skip
def test_a_user_agent_is_told_in_a_word_or_two(agent: str, words: str) -> None:
    assert in_words(agent) == words


# Times


def at(**times: Any) -> datetime:
    return draft_of({**PAGE, **times}).occurred_at


NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    ["2026-05-28T12:00:00Z", "2026-05-28T12:00:00", "2026-05-28 12:00", "2026-05-28T14:00:00+02:00",
     "2026-05-28T12:00:00.000000000Z", 1779969600, 1779969600000, 1779969600.0],
)  # fmt: skip
def test_times_are_read_in_every_notation_and_without_a_zone_as_utc(said: Any) -> None:
    assert at(timestamp=said) == NOON


def test_an_event_without_a_time_happened_when_it_was_received() -> None:
    assert at() == at(timestamp=None) == at(timestamp="") == RECEIVED


def test_the_original_timestamp_stands_in_for_the_timestamp() -> None:
    assert at(originalTimestamp="2026-05-28T12:00:00Z") == NOON


@pytest.mark.parametrize("wrong_by", [timedelta(hours=3), timedelta(days=-20_000), timedelta(days=300)])
def test_a_wrong_clock_is_corrected_by_when_the_event_was_sent(wrong_by: timedelta) -> None:
    said, sent = NOON + wrong_by, RECEIVED + wrong_by
    assert at(timestamp=said.isoformat(), sentAt=sent.isoformat()) == NOON


def test_a_clock_that_is_nearly_right_is_taken_at_its_word() -> None:
    assert at(timestamp=NOON.isoformat(), sentAt=(RECEIVED - timedelta(seconds=30)).isoformat()) == NOON


def test_a_batch_that_waited_for_days_keeps_its_times() -> None:
    assert at(timestamp="2026-05-20T12:00:00Z", sentAt="2026-05-20T12:05:00Z") == NOON - timedelta(days=8)


def test_a_time_that_was_corrected_before_is_not_corrected_again() -> None:
    times = {"originalTimestamp": "2026-05-28T15:00:00Z", "sentAt": "2026-05-28T17:00:00Z"}
    assert at(timestamp="2026-05-28T12:00:00Z", **times) == NOON


@pytest.mark.parametrize(
    "said", ["1900-01-01T00:00:00Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
             "yesterday", "2026-13-40", True, [1], {"a": 1}, 1e300, -1e300, 10**17, "2026-05-30T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_date_or_an_absurd_one_is_unreadable(said: Any) -> None:
    [event] = split(post("/v1/page", {**PAGE, "timestamp": said}))
    with pytest.raises(Unreadable, match=r"not a date|cannot be"):
        parse(event)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"5", b'{"type":"page"', b"\xff"])
def test_an_event_that_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(Event("k", "page", body))
