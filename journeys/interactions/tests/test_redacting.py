"""What must not be kept is taken out before it is stored, however it is typed, said or split."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.interactions.models import Interaction, Part
from journeys.interactions.redacting import is_card, luhn, redact, redact_together
from journeys.tests.factories import NOON, call, recorded

SAID = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))
VISA, AMEX = "4111111111111111", "378282246310005"
PREFIXES = {16: ["4", "51", "55", "2221", "6011", "3528", "62"], 15: ["34", "37"], 13: ["4"], 19: ["4", "62"]}
GAPS = st.sampled_from([" ", "-", "", "  ", ".", " - ", "\n", "/", ", ", "\u00a0", "\u2009", "_"])
CASES = {
    "My card is 4111 1111 1111 1111 expiry 08/27 and the security code is 123, thanks":
        "My card is [card number] expiry [expiry date] and the security code is [security code], thanks",
    "four one one one, one one one one\nAna: okay\none one one one um one one one one":
        "[card number]",
    "forty-one eleven, eleven eleven, eleven eleven, eleven eleven": "[card number]",
    "three seven eight two, double eight double two, erm: 3-7-8-2-8-2-2-4-6-3-1-0-0-0-5":
        "three seven eight two, double eight double two, erm: [card number]",
    "the last three digits are double two one": "the last three digits are [security code]",
    "three two one is the security code": "[security code] is the security code",
    "on my card it expires august twenty seven": "on my card it expires [expiry date]",
    "IBAN GB82 WEST 1234 5698 7654 32 THANKS": "IBAN [IBAN] THANKS",
    "my password is hunter2 ok": "my password is [password] ok",
    "the pin is 4711": "the pin is [PIN]",
    "sort code 20-00-00 account number 12345678": "sort code [sort code] account number [account number]",
    "It's a Visa, 4929 1234 5678 9013": "It's a Visa, [card number]",  # misheard: the check digit is wrong
}  # fmt: skip
LEFT = [
    "Ref 12345678 on 14-28 February for £3,180, ring 07700 900142 or 07700 900143.",
    "Twenty three of us, fourteen nights, two thousand four hundred pounds.",
    "Your parcel 1234567890123456 is on its way.",
    "my password is wrong", "I pinned it, pin number or not", "The quote expires on 14 February.",
    "I paid the card balance of £318 yesterday", "my account number is 12345678",
]  # fmt: skip


def card(prefix: str, rest: str, length: int) -> str:
    """A card number with its check digit."""
    body = (prefix + rest)[: length - 1]
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


cards = st.sampled_from(sorted(PREFIXES)).flatmap(
    lambda length: st.builds(
        card, st.sampled_from(PREFIXES[length]), st.text("0123456789", min_size=20, max_size=20), st.just(length)
    )
)


@st.composite
def spaced(draw: Any, number: str) -> str:
    """A number with anything between any of its digits, some of them said."""
    is_said = draw(st.booleans())
    parts = [SAID[digit] if is_said else digit for digit in number]
    gaps = [draw(GAPS) or (" " if is_said else "") for _ in parts]
    return "".join(part + gap for part, gap in zip(parts[:-1], gaps[1:], strict=True)) + parts[-1]


def digits_of(text: str) -> str:
    for digit, word in SAID.items():
        text = re.sub(rf"\b{word}\b", digit, text)
    return "".join(filter(str.isdigit, text))


@given(
    cards.flatmap(lambda number: st.tuples(st.just(number), spaced(number))), st.sampled_from(["", "It is ", "Ok: "])
)
def test_no_card_number_survives_in_any_spacing(written: tuple[str, str], before: str) -> None:
    number, text = written
    assert is_card(number)
    assert redact(before + text) == f"{before}[card number]"


@given(cards, st.lists(st.integers(1, 18), min_size=1, max_size=3), st.sampled_from([[], ["Yes."], ["mm hm, go on"]]))
def test_no_card_number_survives_split_among_utterances(number: str, cuts: list[int], between: list[str]) -> None:
    places = sorted({0, *(cut for cut in cuts if cut < len(number)), len(number)})
    pieces = [number[a:b] for a, b in pairwise(places)]
    said = [text for piece in pieces for text in (piece, *between)]
    assert digits_of("".join(redact_together(said))) == ""


@given(st.text("0123456789 -\nabc", max_size=80))
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(max_size=200))
def test_any_text_can_be_redacted(text: str) -> None:
    assert isinstance(redact(text), str)


@pytest.mark.parametrize(("text", "kept"), CASES.items())
def test_what_must_not_be_kept_is_taken_out(text: str, kept: str) -> None:
    assert redact(text) == kept


@pytest.mark.parametrize("text", LEFT)
def test_other_numbers_are_left(text: str) -> None:
    assert redact(text) == text


@pytest.mark.django_db
def test_a_call_is_stored_without_its_callers_card() -> None:
    at = NOON
    whole = call(at, key="CA-whole")
    whole.body = f"Anna: it is {VISA}"
    halves = [call(at, key="CA-parts") for _ in range(3)]
    for number, (half, body) in enumerate(zip(halves, ["3782 8224", "yes", "6310 005, and 1234"], strict=True)):
        half.part, half.body = f"said:{number}", body
    recorded([whole, halves[0]])
    recorded(halves[1:])
    assert Interaction.objects.get(key="CA-whole").body == "Anna: it is [card number]"
    assert Interaction.objects.get(key="CA-parts").body == "[card number]\n\n[…]\n\n[…], and [security code]"
    stored = " ".join(part.draft["body"] for part in Part.objects.filter(key="CA-parts"))
    assert digits_of(stored) == ""


@pytest.mark.django_db
def test_segments_that_came_with_a_call_are_stored_without_its_callers_card() -> None:
    parts = [{"speaker": "customer", "start": 1, "end": 2, "text": "4111 1111"}, {"text": "1111 1111, right?"}, "odd"]
    recorded([call(NOON, key="CA-timed", transcript={"segments": parts})])
    segments = Interaction.objects.get(key="CA-timed").data["transcript"]["segments"]
    assert [one["text"] for one in segments[:2]] == ["[card number]", "[…], right?"]
