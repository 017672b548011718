"""Taking out of a text what must not be kept: card numbers, security codes, bank details, passwords. Pure.

Spoken and typed, split by pauses and lines. Sources: ISO/IEC 7812 (numbers, Luhn), ISO 13616 (IBAN), PCI DSS 4 3.3.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from journeys.interactions.digits import Group, Run, joined, runs
from journeys.interactions.drafts import Channel, Draft

ISSUERS = (  # prefixes, lengths
    (range(4, 5), {13, 16, 19}),  # Visa
    (range(51, 56), {16}), (range(2221, 2721), {16}),  # Mastercard
    (range(34, 35), {15}), (range(37, 38), {15}),  # American Express
    (range(6011, 6012), {16, 19}), (range(644, 650), {16, 19}), (range(65, 66), {16, 19}),  # Discover, RuPay
    (range(300, 306), {14, 16}), (range(3095, 3096), {14, 16}), (range(36, 37), {14, 16}), (range(38, 40), {14, 16}),
    (range(3528, 3590), {16, 17, 18, 19}),  # JCB
    (range(62, 63), {16, 17, 18, 19}), (range(81, 83), {16}),  # UnionPay, RuPay
    (range(2200, 2205), {16, 17, 18, 19}),  # Mir
    (range(5018, 5021), {13, 15, 16, 18, 19}), (range(5038, 5039), {13, 15, 16, 18, 19}),  # Maestro
    (range(56, 59), {13, 15, 16, 18, 19}), (range(6304, 6305), {13, 16, 18, 19}),
    (range(6759, 6764), {13, 16, 18, 19}), (range(508, 509), {16}), (range(60, 61), {16}),
)  # fmt: skip
PASSES = 8  # what was taken out tells of what stands beside it
REST = "[…]"  # stands where a number goes on that began in a text before
MASKS = ("card number", "security code", "expiry date", "PIN", "sort code", "account number", "IBAN", "password", "…")
MASKED = re.compile(rf"\[(?:{'|'.join(MASKS)})\]")
SHORTEST, LONGEST = 13, 19  # digits of a card number
NEAR, NEAR_AFTER = 240, 80  # characters in which a word about cards counts, before and after
CARD = re.compile(
    r"\b(cards?|visa|master\s?card|amex|american express|maestro|long number|(sixteen|16)[- ]digits?)\b", re.IGNORECASE
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b")
PASSWORD = re.compile(
    r"\b(?:pass ?(?:word|code|phrase)|memorable word)\b(?:\s+(?:is|was|should be)\s+|\s*[:=]\s*)[\"“‘']?"
    r"(?!(?:not|wrong|right|in|it|the|a|an|to|being|been|reset|expired|incorrect|what|that|no)\b)([^\s\"”’,.]+)",
    re.IGNORECASE,
)


class Span(NamedTuple):
    """A part of a text that has to go, and what stands there instead."""

    starts: int
    ends: int
    mask: str


class Rule(NamedTuple):
    """A short number that goes because of the words before it.

    ahead: characters in which it follows. lengths: of its digits. about: what else must be near for the words to mean
    that; None: nothing.
    """

    words: re.Pattern[str]
    ahead: int
    lengths: frozenset[int]
    mask: str
    about: re.Pattern[str] | None = None


SECURITY_CODE = re.compile(
    r"\b(security (?:code|number)|cvv2?|cvc2?|cv2|csc|signature strip|"
    r"(?:last )?(?:three|3|four|4) (?:digits?|numbers?|figures?)(?: (?:on|at) the (?:back|front))?)\b",
    re.IGNORECASE,
)
EXPIRY = re.compile(r"\b(expir\w*|valid (?:thru|through|until|to)|end date|exp\.?)\b", re.IGNORECASE)
SORT_CODE = re.compile(r"\bsort[- ]?code\b", re.IGNORECASE)
RULES = (
    Rule(SECURITY_CODE, 100, frozenset({3, 4}), "[security code]"),
    Rule(EXPIRY, 80, frozenset({3, 4, 6}), "[expiry date]", CARD),
    Rule(re.compile(r"\bpin\b(?: (?:number|code))?", re.IGNORECASE), 40, frozenset({4, 5, 6}), "[PIN]"),
    Rule(SORT_CODE, 60, frozenset({6}), "[sort code]"),
    Rule(re.compile(r"\baccount(?: number)?\b", re.IGNORECASE), 60, frozenset({7, 8}), "[account number]", SORT_CODE),
)
BEFORE = re.compile(
    r"\s*,?\s*(?:is|that's|that is|as) (?:the|my|your) (?:security code|cvv2?|cvc2?|cv2)", re.IGNORECASE
)
MONTH_SAID = re.compile(rf"\b({MONTH})[\s,/]+(?:of\s+)?$", re.IGNORECASE)
AMOUNT = re.compile(r"[£$€]\s*$")
AFTER_CARD = 150  # characters after a card number in which three or four digits are its security code or expiry date


def redact(text: str) -> str:
    """The text without what must not be kept; the same again changes nothing."""
    for _ in range(PASSES):
        found = spans(text)
        if not found:
            break
        text = without(text, found)
    return text


def fit_to_keep(draft: Draft) -> Draft:
    """A draft that may be stored: what is said on a call has card numbers and the like in it."""
    if draft.channel != Channel.CALL:
        return draft
    written = draft.data.get("transcript")
    if isinstance(written, dict) and isinstance(written.get("segments"), list):
        segments = without_secrets(written["segments"])
        draft = replace(draft, data={**draft.data, "transcript": {**written, "segments": segments}})
    body = redact(draft.body) if draft.body else ""
    return draft if body == draft.body else replace(draft, body=body)


def without_secrets(segments: Sequence[Any]) -> list[Any]:
    """Segments {"text", ...} without what must not be kept, also where it is split among them."""
    said = [one for one in segments if isinstance(one, dict) and isinstance(one.get("text"), str)]
    texts = redact_together([one["text"] for one in said])
    changed = {id(one): {**one, "text": text} for one, text in zip(said, texts, strict=True)}
    return [changed.get(id(one), one) for one in segments]


def redact_together(texts: Sequence[str]) -> list[str]:
    """Texts that follow one another without what must not be kept, also where it is split among them."""
    found = list(texts)
    for _ in range(PASSES):
        taken = spans("\n".join(found))
        if not taken:
            break
        for place, local in shared_out(found, taken).items():
            found[place] = without(found[place], local)
    return found


def shared_out(texts: Sequence[str], taken: Sequence[Span]) -> dict[int, list[Span]]:
    """The spans of texts that were joined by line breaks, each within its own text."""
    found: dict[int, list[Span]] = {}
    starts = 0
    for place, text in enumerate(texts):
        ends = starts + len(text)
        for span in taken:
            first, last = max(span.starts, starts), min(span.ends, ends)
            if first < last:
                mask = span.mask if first == span.starts else REST
                found.setdefault(place, []).append(Span(first - starts, last - starts, mask))
        starts = ends + 1
    return found


def without(text: str, found: Sequence[Span]) -> str:
    parts, place = [], 0
    for span in found:
        parts += [text[place : span.starts], span.mask]
        place = span.ends
    return "".join([*parts, text[place:]])


def spans(text: str) -> list[Span]:
    """What has to go, in order, apart from one another."""
    found = [*passwords(text), *ibans(text)]
    numbers = [run for run in runs(text) if len(run) > 1 or len(run[0].digits) > 1]
    if numbers:
        cards = list(card_numbers(text, numbers))
        found += [*cards, *beside_cards(text, numbers, cards), *told(text, numbers)]
    return apart(found)


def apart(found: list[Span]) -> list[Span]:
    """Spans in order; those that overlap become one, with the mask of the longest."""
    ordered: list[Span] = []
    for span in sorted(found):
        last = ordered[-1] if ordered else None
        if last and span.starts < last.ends:
            longest = max(last, span, key=lambda one: one.ends - one.starts)
            ordered[-1] = Span(last.starts, max(last.ends, span.ends), longest.mask)
        else:
            ordered.append(span)
    return ordered


# Cards


def card_numbers(text: str, numbers: Sequence[Run]) -> Iterator[Span]:
    words = [match.start() for match in CARD.finditer(text)]
    for run in numbers:
        digits = joined(run)
        if len(digits) < SHORTEST:
            continue
        is_near = near(words, run[0].starts, run[-1].ends)
        if is_near and SHORTEST <= len(digits) <= LONGEST:  # misheard, so that its check digit is wrong
            yield Span(run[0].starts, run[-1].ends, "[card number]")
        else:
            yield from windows(run, digits, is_near)


def near(words: Sequence[int], starts: int, ends: int) -> bool:
    """Whether one of these places is near a span of the text."""
    place = bisect_left(words, starts - NEAR)
    return place < len(words) and words[place] <= ends + NEAR_AFTER


def windows(run: Run, digits: str, is_near: bool) -> Iterator[Span]:
    """The card numbers within longer digits: from the beginning of a group to the end of one, or anywhere when a word
    about cards is near.
    """
    begins, total = [], 0
    for group in run:
        begins.append(total)
        total += len(group.digits)
    ends = {*begins[1:], total}
    for first in range(total) if is_near else begins:
        for last in range(first + SHORTEST, min(first + LONGEST, total) + 1):
            if (is_near or last in ends) and is_card(digits[first:last]):
                yield Span(owner(run, begins, first).starts, owner(run, begins, last - 1).ends, "[card number]")


def owner(run: Run, begins: Sequence[int], place: int) -> Group:
    """The group that a digit stands in."""
    return run[bisect_left(begins, place + 1) - 1]


def is_card(digits: str) -> bool:
    """Whether digits are a card number: an issuer's prefix and length, and the check digit."""
    return is_issued(digits) and luhn(digits)


def is_issued(digits: str) -> bool:
    return any(
        len(digits) in lengths and int(digits[: len(str(prefixes.start))]) in prefixes for prefixes, lengths in ISSUERS
    )


def luhn(digits: str) -> bool:
    """Whether the check digit fits."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


# What stands beside


def beside_cards(text: str, numbers: Sequence[Run], cards: Sequence[Span]) -> Iterator[Span]:
    """Three or four digits shortly after a card number; an amount of money is none of its own."""
    ends = [card.ends for card in cards] + [match.end() for match in re.finditer(r"\[card number\]", text)]
    for run in numbers:
        starts = run[0].starts
        if (
            any(0 <= starts - end <= AFTER_CARD for end in ends)
            and len(joined(run)) in (3, 4)
            and not amount(text, run)
        ):
            yield Span(starts, run[-1].ends, "[security code]")


def amount(text: str, run: Run) -> bool:
    return bool(AMOUNT.search(text[max(0, run[0].starts - 3) : run[0].starts]))


def told(text: str, numbers: Sequence[Run]) -> Iterator[Span]:
    """Short numbers that the words around them give away."""
    for rule in RULES:
        for words in rule.words.finditer(text):
            if not rule.about or rule.about.search(text, max(0, words.start() - 300), words.end() + 300):
                yield from following(text, numbers, words.end(), rule)
    for run in numbers:
        if len(joined(run)) in (3, 4) and BEFORE.match(text, run[-1].ends):
            yield Span(run[0].starts, run[-1].ends, "[security code]")


def following(text: str, numbers: Sequence[Run], at: int, rule: Rule) -> Iterator[Span]:
    """The first number of a rule's length after its words; of an expiry date, with the month that was said."""
    for run in numbers:
        starts, ends = run[0].starts, run[-1].ends
        if starts < at:
            continue
        if starts > at + rule.ahead:
            return
        month = MONTH_SAID.search(text, at, starts) if rule.words is EXPIRY else None
        lengths = {2, 4} if month else rule.lengths
        if len(joined(run)) in lengths and not amount(text, run):
            yield Span(month.start() if month else starts, ends, rule.mask)
            return


# Words and accounts


def passwords(text: str) -> Iterator[Span]:
    for match in PASSWORD.finditer(text):
        if not match[1].startswith("["):
            yield Span(*match.span(1), "[password]")


def ibans(text: str) -> Iterator[Span]:
    """Account numbers whose check digits fit, without the words in capitals that may follow."""
    for match in IBAN.finditer(text):
        for end in range(match.end(), match.start() + 14, -1):
            if text[end - 1].isalnum() and is_iban(text[match.start() : end]):
                yield Span(match.start(), end, "[IBAN]")
                break


def is_iban(text: str) -> bool:
    plain = re.sub(r"[ -]", "", text)
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1
