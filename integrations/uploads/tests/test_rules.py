"""What vendors document: normalising and hashing, how old what may be, what can be taken back. And the story's laws."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.posting import Posted
from integrations.uploads import data_manager, meta
from integrations.uploads.answering import judged
from integrations.uploads.deciding import CANCELLED, GIVEN_BACK, NO_CLICK, NO_CONSENT, RESTRICTED, Told, Wish
from integrations.uploads.differing import LEFT_OUT, MAY_BE_THERE, PENDING, WAITING, Step, as_kept, standing, steps
from integrations.uploads.parcels import Ask, Click, Fate, Parcel, Rung, Vendor, What, Whose
from integrations.uploads.telephone import telephone_fault
from integrations.uploads.tests.data_manager import refusal
from integrations.uploads.vendors import VENDORS

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GOOGLE, MANAGER, GA4, META = (VENDORS[name] for name in ("google_ads", "data_manager", "ga4", "meta"))
CLICK = Click("gclid", "Cj0K", NOW - 3 * DAY)
SOLD = Parcel(
    1, What.MADE, "t-1", "purchase", NOW - DAY, Decimal("3180.00"), "GBP", "call", click=CLICK,
    whose=Whose(("a@b.test",), client="11.22"),
)  # fmt: skip


# Meta's own examples: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("John_Smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
        ("  john_smith@GMAIL.com ", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
    ],
)
def test_addresses_are_hashed_as_meta_documents(told: str, expected: str) -> None:
    assert meta.hashed(meta.email(told)) == expected


@pytest.mark.parametrize("told", ["+1 (650) 555-1212", "+16505551212", "0016505551212"])
def test_numbers_are_hashed_as_meta_documents(told: str) -> None:
    assert meta.hashed(meta.phone(told)) == "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"


# Google's own examples: https://developers.google.com/data-manager/api/devguides/concepts/formatting


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
        (" A.B @ GoogleMail.com ", "ab@googlemail.com"),
    ],
)
def test_addresses_are_normalised_as_google_documents(told: str, expected: str) -> None:
    assert data_manager.email(told) == expected
    assert data_manager.email(expected) == expected


def test_numbers_are_hashed_with_their_plus_as_google_documents() -> None:
    parcel = replace(SOLD, whose=Whose(phones=(" +16502531234 ", "+447700900142")))
    [one] = data_manager.contacts(parcel)
    assert one == {"phoneNumber": hashlib.sha256(b"+16502531234").hexdigest()}


def test_a_hash_is_of_what_was_normalised() -> None:
    assert meta.hashed("mary") == hashlib.sha256(b"mary").hexdigest()
    assert meta.hashed("mary") == "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("+447911123456", ""), ("+493012345678", ""), ("", "withheld"), ("07911 123456", "not written"),
        ("+447700900142", "drama"), ("+441632960001", "drama"), ("+12125550123", "drama"), ("+44791", "cannot be"),
    ],
)  # fmt: skip
def test_only_numbers_that_can_be_are_told(line: str, fault: str) -> None:
    said = telephone_fault(line)
    assert (fault in said) if fault else not said


# How old what may be


@pytest.mark.parametrize(
    ("vendor", "changes", "fault"),
    [
        (GOOGLE, {}, ""),
        (GOOGLE, {"click": replace(CLICK, at=NOW - 91 * DAY)}, "older than 90 days"),
        (GOOGLE, {"at": NOW - 4 * DAY}, "before the click"),
        (GOOGLE, {"click": None}, "no click of Google’s and no call"),
        (GOOGLE, {"click": None, "call": Rung("+447911123456", NOW - 2 * DAY)}, ""),
        (GOOGLE, {"click": None, "call": Rung("+447911123456", NOW - 61 * DAY)}, "older than 60 days"),
        (GOOGLE, {"click": None, "call": Rung("+447911123456", NOW)}, "before the call"),
        (GOOGLE, {"click": None, "call": Rung("", NOW - 2 * DAY)}, "withheld"),
        (GOOGLE, {"what": What.TAKEN_BACK}, ""),
        (GOOGLE, {"what": What.TAKEN_BACK, "at": NOW - 55 * DAY}, "nothing older than 54 days"),
        (GOOGLE, {"what": What.TAKEN_BACK, "click": replace(CLICK, kind="wbraid")}, "by wbraid"),
        (GOOGLE, {"what": What.RESTATED, "click": None}, "by a call"),
        (MANAGER, {}, ""),
        (MANAGER, {"click": replace(CLICK, at=NOW - 91 * DAY)}, "older than 90 days"),
        (MANAGER, {"at": NOW - 4 * DAY}, "before the click"),
        (MANAGER, {"click": None}, ""),
        (MANAGER, {"click": None, "at": NOW - 91 * DAY}, "older than 90 days"),
        (MANAGER, {"click": None, "whose": Whose(phones=("+447700900142",))}, "no phone number is known"),
        (MANAGER, {"what": What.TAKEN_BACK}, ""),
        (MANAGER, {"what": What.RESTATED, "at": NOW - 55 * DAY}, "nothing older than 54 days"),
        (MANAGER, {"what": What.RESTATED, "click": replace(CLICK, value=""), "whose": Whose()}, "without the click"),
        (GA4, {}, ""),
        (GA4, {"at": NOW - 73 * timedelta(hours=1)}, "72 hours"),
        (GA4, {"whose": Whose()}, "client id"),
        (GA4, {"whose": Whose(client="1.2", session_at=NOW - 64 * DAY)}, "63 days"),
        (GA4, {"what": What.TAKEN_BACK, "action": "generate_lead"}, "nothing but purchases"),
        (GA4, {"what": What.RESTATED, "before": Decimal(1)}, "adds nothing"),
        (META, {}, ""),
        (META, {"at": NOW - 7 * DAY}, "7 days"),
        (META, {"click": None, "whose": Whose()}, "no phone number is known"),
        (META, {"what": What.TAKEN_BACK}, "takes nothing back"),
    ],
)
def test_what_a_vendor_would_refuse_is_not_sent(vendor: Vendor, changes: dict[str, Any], fault: str) -> None:
    said = vendor.fault(replace(SOLD, **changes), NOW)
    assert (fault in said) if fault else not said


def test_ga4_names_a_session_for_a_day_only() -> None:
    for hours, is_named in ((23, True), (25, False)):
        whose = Whose(client="1.2", session="77", session_at=SOLD.at - timedelta(hours=hours))
        [ask] = GA4.asks([replace(SOLD, whose=whose)], {"measurement_id": "G-1", "api_secret": "s"}, "")
        assert ("session_id" in ask.body["events"][0]["params"]) is is_named


def test_limited_data_use_is_told_to_meta() -> None:
    [ask] = META.asks([SOLD], {"pixel_id": "5", "access_token": "t", "limited": "yes"}, "")
    assert ask.body["data"][0]["data_processing_options"] == ["LDU"]
    assert ask.body["data"][0]["opt_out"] is True


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (None, b"", Fate.AGAIN), (503, b"", Fate.AGAIN), (429, b"{}", Fate.AGAIN), (400, b"<html>", Fate.REFUSED),
        (404, b'{"error": "x"}', Fate.REFUSED), (200, b"not json", Fate.TAKEN), (200, b"[]", Fate.TAKEN),
        (200, b'{"partialFailureError": {"details": [1, {"errors": [2]}]}}', Fate.TAKEN),
    ],
)  # fmt: skip
def test_whatever_is_answered_is_understood(status: int | None, body: bytes, fate: Fate) -> None:
    for vendor in (GOOGLE, META):
        assert [one.fate for one in judged(vendor, Ask("/", {}, {}, [SOLD]), Posted(status, 1, "", body))] == [fate]


def test_a_conversion_action_that_is_too_new_is_waited_for() -> None:
    told = refusal([("destinations", "CONVERSION_ACTION_TOO_RECENTLY_CREATED")])
    [ask] = MANAGER.asks([SOLD], {"customer_id": "1234567890"}, "t")
    [one] = judged(MANAGER, ask, Posted(400, 1, "", json.dumps(told).encode()))
    assert (one.fate, one.wait) == (Fate.AGAIN, timedelta(hours=6))
    assert "Cj0K" not in f"{one.code} {one.said}"


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (b'{"requestId": "126365e1"}', Fate.PENDING), (b"{}", Fate.AGAIN), (b"not json", Fate.AGAIN),
        (b'{"requestId": 7}', Fate.AGAIN), (b'{"requestId": ""}', Fate.AGAIN), (b"[]", Fate.AGAIN),
    ],
)  # fmt: skip
def test_what_has_no_number_to_ask_by_was_not_accepted(answer: bytes, fate: Fate) -> None:
    [ask] = MANAGER.asks([SOLD], {"customer_id": "1234567890"}, "t")
    assert [one.fate for one in judged(MANAGER, ask, Posted(200, 1, "", answer))] == [fate]


@pytest.mark.parametrize(
    ("answer", "fate", "code"),
    [
        ({"requestStatus": "SUCCESS"}, Fate.TAKEN, ""),
        ({"requestStatus": "PROCESSING"}, Fate.PENDING, ""),
        ({"requestStatus": "REQUEST_STATUS_UNKNOWN"}, Fate.PENDING, ""),
        ({"requestStatus": "FAILED"}, Fate.REFUSED, "FAILED"),
        ({"requestStatus": "FAILED", "errorInfo": {"errorCounts": [
            {"reason": "PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER", "recordCount": "1"}
        ]}}, Fate.REFUSED, "OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER"),
        ({"requestStatus": "FAILED", "errorInfo": {"errorCounts": [
            {"reason": "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID", "recordCount": "1"}
        ]}}, Fate.TAKEN, "DUPLICATE_TRANSACTION_ID"),
        ({"requestStatus": "PARTIAL_SUCCESS", "errorInfo": {"errorCounts": [1]}}, Fate.REFUSED, "FAILED"),
        ("nothing of the kind", Fate.PENDING, ""),
    ],
)  # fmt: skip
def test_whatever_they_say_became_of_it_is_understood(answer: Any, fate: Fate, code: str) -> None:
    assert MANAGER.later
    found = MANAGER.later.verdict(What.MADE, {"requestStatusPerDestination": [answer]})
    assert (found.fate, found.code) == (fate, code)


def test_a_change_that_they_say_they_had_already_was_not_taken() -> None:
    told = {"errorCounts": [{"reason": "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID", "recordCount": "1"}]}
    answer = {"requestStatusPerDestination": [{"requestStatus": "FAILED", "errorInfo": told}]}
    assert MANAGER.later
    assert MANAGER.later.verdict(What.RESTATED, answer).fate == Fate.REFUSED
    assert MANAGER.later.verdict(What.MADE, None).fate == Fate.PENDING


# The story of a conversion

WISHES = st.one_of(
    st.sampled_from([CANCELLED, GIVEN_BACK, NO_CLICK, NO_CONSENT, RESTRICTED]).map(Wish),
    st.builds(
        Wish, st.just(""), st.integers(1, 3).map(Decimal), st.just("a"), st.sampled_from([7, 8]), st.none()
    ),
)  # fmt: skip


def written(told: list[Told], step: Step) -> list[Told]:
    """The uploads after a step."""
    wish = step.wish or Wish("")
    before = next((one for one in told if one.pk == step.pk), None)
    made = Told(
        step.pk or len(told) + 1, step.turn, step.number, step.what, step.state, f"t-{step.turn}", "a",
        step.of.click if step.of else wish.click, None, step.value, step.before, before.attempts if before else 0,
    )  # fmt: skip
    return sorted([one for one in told if one.pk != made.pk] + [made], key=lambda one: (one.turn, one.number))


def sent(told: list[Told], state: str = "sent") -> list[Told]:
    """The uploads after what waits was sent, and after it is known what became of what was pending before."""
    known = [replace(one, state="sent") if one.state == PENDING else one for one in told]
    return [replace(one, state=state, attempts=1) if one.state == WAITING else one for one in known]


def settled(told: list[Told], wish: Wish) -> list[Told]:
    """The uploads once nothing more is to be done."""
    for _ in range(6):
        for step in steps(told, wish):
            told = written(told, step)
        told = sent(told)
    return told


@given(st.lists(st.tuples(WISHES, st.sampled_from(["", "sent", "pending"])), max_size=8), WISHES)
def test_whatever_happened_the_vendor_knows_what_is_wished_in_the_end(
    history: list[tuple[Wish, str]], last: Wish
) -> None:
    told: list[Told] = []
    for wish, state in history:
        for step in steps(told, wish):
            told = written(told, step)
        told = sent(told, state) if state else told
        assert not (steps(told, last) and any(one.state == PENDING for one in told))
    told = settled(told, last)
    turns = [[one for one in told if one.turn == turn] for turn in {one.turn for one in told}]
    known = {turn[0].click: value for turn in turns if (value := standing(turn)) is not None}
    if last.why == RESTRICTED:  # nothing is told of them, neither way
        assert not [one for one in told if one.state == WAITING]
    else:
        assert known == ({} if last.why else {last.click: last.value})
    assert len({(one.turn, one.number) for one in told}) == len(told)


@given(st.lists(st.tuples(WISHES, st.sampled_from(["", "sent", "pending"])), max_size=8), WISHES)
def test_where_a_change_is_the_conversion_once_more_one_stands_there_by_its_first_click_for_what_it_is_worth(
    history: list[tuple[Wish, str]], last: Wish
) -> None:
    told: list[Told] = []
    for wish, state in [*history, *[(last, "sent")] * 6]:
        for step in steps(told, as_kept(wish, told)):
            told = written(told, step)
        told = sent(told, state) if state else told
    there = [one for one in told if one.state == "sent"]
    value = there[-1].value if there else Decimal(0)
    assert len({one.click for one in there}) <= 1
    if last.why != RESTRICTED:
        assert value == (Decimal(0) if last.why else last.value)


@given(st.lists(WISHES, max_size=6), WISHES)
def test_what_is_settled_stays_as_it_is(history: list[Wish], last: Wish) -> None:
    told: list[Told] = []
    for wish in [*history, last]:
        told = settled(told, wish)
    for step in steps(told, last):
        assert step.state == LEFT_OUT
    assert sum(one.state in MAY_BE_THERE for one in settled(told, last)) == sum(
        one.state in MAY_BE_THERE for one in told
    )


def test_what_went_out_and_is_not_wished_any_more_is_taken_back() -> None:
    waiting = Told(1, 1, 0, "made", WAITING, "t-1", "a", 7, None, Decimal(3), Decimal(0), attempts=1)
    [stop] = steps([waiting], Wish(NO_CONSENT))
    assert (stop.pk, stop.state) == (1, "unsure")
    [step] = steps(written([waiting], stop), Wish(NO_CONSENT))
    assert (step.what, step.state, step.before) == ("taken back", WAITING, Decimal(3))
