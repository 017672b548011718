"""What the pages of reviews show: lines of the queue, and one pair side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum

from django.utils.safestring import SafeString

from crm.identity.kinds import Kind
from crm.identity.models import Identifier, Link
from crm.matching.explaining import Explanation, explain, explain_all
from crm.matching.models import Review
from crm.matching.scoring import probability
from crm.matching.waterfall import Agreement, Fall, Finding, stacked
from crm.privacy.access import visible_customers
from crm.privacy.actors import Actor
from crm.privacy.permissions import Permission
from crm.privacy.roles import SETS_TACT
from crm.profile.fields import folded
from crm.profile.portraits import Portrait, portraits
from crm.profile.record import Record, most_telling_first, recording
from crm.reading import both, read
from crm.wording import field_label, identifier_value, permission_word, said_contact, trait_value
from journeys.customers.days import by_day, naming_sources
from journeys.timeline.entries import Joined
from journeys.timeline.lasting import Reach, reaching
from journeys.timeline.reading import paging

ENTRIES_SHOWN = 4  # of each journey
VALUES_SHOWN = 3  # of each side
CONTACTS = ("email", "phone")


@dataclass(frozen=True, slots=True)
class Line:
    """A review in the queue: both customers, the pair in a sentence, and why it is asked."""

    review: Review
    mine: Portrait
    others: Portrait
    said: str
    why: str

    @property
    def names(self) -> tuple[str, str]:
        return said_contact(self.mine.name), said_contact(self.others.name)

    @property
    def traffic(self) -> str:
        """How much goes on with both; nothing where nobody has counted yet."""
        count = self.review.traffic
        return f"{count:,} interaction{'s' if count > 1 else ''} lately" if count else ""


def lines_of(reviews: Sequence[Review], actor: Actor, *, with_sentences: bool = True) -> list[Line]:
    """The lines of some reviews, in a fixed number of queries; those about customers that are not seen are left out."""
    owners = {end.customer_id for one in reviews for end in (one.a, one.b)}
    seen = portraits(visible_customers(actor).filter(pk__in=owners).values_list("pk", flat=True))
    shown = [one for one in reviews if {one.a.customer_id, one.b.customer_id} <= seen.keys()]
    said = ["" for _ in shown]
    if with_sentences and shown:
        said = [one.sentence for one in explain_all([(one.a, one.b) for one in shown])]
    found = guards_of(shown, seen)
    return [
        Line(one, seen[one.a.customer_id], seen[one.b.customer_id], words, asked_because(one, found.get(one.pk, "")))
        for one, words in zip(shown, said, strict=True)
    ]


def guards_of(reviews: Sequence[Review], seen: Mapping[int, Portrait]) -> dict[int, str]:
    """What the guards found of the reviews (by id) that one of them holds, in two queries."""
    held = {(one.a_id, one.b_id): one for one in reviews if one.guard == Review.Guard.HELD}
    if not held:
        return {}
    ends = ({a for a, _ in held}, {b for _, b in held})
    links = Link.objects.standing().filter(a__in=ends[0], b__in=ends[1], verdict=Link.Verdict.SAME).exclude(held="")
    mine = [pk for one in held.values() for end in (one.a, one.b) for pk in seen[end.customer_id].identifiers]
    logins: dict[int, list[Identifier]] = {}
    for login in Identifier.objects.filter(pk__in=mine, kind=Kind.LOGIN):
        logins.setdefault(login.customer_id, []).append(login)
    return {
        review.pk: guard_words(Link.Held(link.held), *(logins.get(end.customer_id, []) for end in (review.a, review.b)))
        for link in links if (review := held.get((link.a_id, link.b_id)))
    }  # fmt: skip


def asked_because(review: Review, found: str) -> str:
    """Why a person has to decide. found: what a guard found, where one holds it."""
    return ": ".join(filter(None, [review.reason_words, found]))


@dataclass(frozen=True, slots=True)
class Cell:
    """What one side has in one row. values: those compared; also: others that the customer is known by; more: left
    out.
    """

    values: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    more: int = 0

    @property
    def said(self) -> frozenset[str]:
        """All that is shown, spellings of one value once."""
        return frozenset(map(folded, (*self.values, *self.also)))


@dataclass(frozen=True, slots=True)
class Row:
    """One field or consent side by side. agreement: of Agreement, a class as well; how: it in words."""

    label: str
    mine: Cell
    others: Cell
    agreement: str
    how: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of both customers. about: the identifier that was compared. days: the last of the journey."""

    about: Identifier
    record: Record
    reach: Reach
    days: list[tuple[date, bool, SafeString]]

    @property
    def name(self) -> str:
        return said_contact(self.record.name)


@dataclass(frozen=True, slots=True)
class Pair:
    """One review as its page shows it. why: it was asked."""

    review: Review
    sides: tuple[Side, Side]
    explained: Explanation
    fields: list[Row]
    consents: list[Row]
    why: str


def pair_of(review: Review) -> Pair:
    """Both customers side by side. The caller has made sure that they may be seen."""
    names = read(naming_sources())
    mine, others = (side_of(end, names) for end in (review.a, review.b))
    explained = explain(review.a, review.b)
    fields = compared_rows(explained, mine.record, others.record) or golden_rows(mine.record, others.record)
    why = why_asked(review, mine.record, others.record)
    return Pair(review, (mine, others), explained, fields, consent_rows(mine.record, others.record), why)


def why_asked(review: Review, mine: Record, others: Record) -> str:
    """Why a person has to decide; of a guard, what it found."""
    if review.guard != Review.Guard.HELD:
        return review.reason_words
    held = Link.objects.filter(a=review.a, b=review.b, verdict=Link.Verdict.SAME, withdrawn_at=None).exclude(held="")
    found = [guard_words(Link.Held(one.held), mine.identifiers, others.identifiers) for one in held[:1]]
    return asked_because(review, *found or [""])


def guard_words(held: Link.Held, mine: Iterable[Identifier], others: Iterable[Identifier]) -> str:
    """What a guard found; of a contradiction, which one, where login ids make it."""
    return (rival_logins(mine, others) if held == Link.Held.CONTRADICTION else "") or str(held.label)


def rival_logins(mine: Iterable[Identifier], others: Iterable[Identifier]) -> str:
    """That each has a login id of their own with one source, where it is so: one person seldom has two."""
    known = [{one.namespace: one.value for one in side if one.kind == Kind.LOGIN} for side in (mine, others)]
    rivals = [f"{known[0][space]} and {known[1][space]}" for space in sorted(known[0].keys() & known[1].keys())]
    return f"each has a login id of their own, {'; '.join(rivals)}" if rivals else ""


def side_of(about: Identifier, names: dict[int, str]) -> Side:
    found = about.customer
    identifiers = most_telling_first(found)
    ids = [one.pk for one in identifiers]
    (record, reached), page = read(
        both(both(recording(found, identifiers, SETS_TACT), reaching(ids)), paging(ids, limit=ENTRIES_SHOWN))
    )
    happened = [entry for entry in page.entries if not isinstance(entry, Joined)]
    return Side(about, record, reached, by_day(happened, names))


# One link


@dataclass(frozen=True, slots=True)
class Weighed:
    """A link with what it weighs. ends: what was compared. fall: as the model in use counts it; is_kept: as it was
    when staff decided.
    """

    link: Link
    ends: tuple[Identifier, Identifier]
    explained: Explanation
    fields: list[Row]
    fall: Fall | None
    is_kept: bool


def weighed(link: Link, actor: Actor) -> Weighed:
    """Why a link joins its two identifiers, or would. The caller has made sure that both may be seen."""
    ends = asked_about(link, actor) or (link.a, link.b)
    explained = explain(*ends)
    fields = [row_of(row.label, cell(row.mine, ()), cell(row.others, ()), row.finding) for row in explained.rows]
    terms = link.evidence.get("terms")
    return Weighed(link, ends, explained, fields, fall_of(terms) if terms else explained.fall, bool(terms))


def asked_about(link: Link, actor: Actor) -> tuple[Identifier, Identifier] | None:
    """The identifiers of the review that a decision answered: the link ties whoever speaks for both customers."""
    seen = visible_customers(actor)
    answered = Review.objects.filter(pk=link.evidence.get("review"), a__customer__in=seen, b__customer__in=seen)
    found = answered.select_related("a__customer", "b__customer").first()
    return (found.a, found.b) if found else None


def fall_of(terms: Iterable[tuple[str, str, float]]) -> Fall:
    """The waterfall of the steps that were kept with a decision."""
    steps = tuple(stacked([(name, words, weight) for name, words, weight in terms]))
    weight = fsum(step.weight for step in steps)
    return Fall(steps, (), weight, probability(weight))


# Fields


def compared_rows(explained: Explanation, mine: Record, others: Record) -> list[Row]:
    """What was compared, with what else the customers are known by; what only one has said comes last."""
    rows = [
        row_of(row.label, cell(row.mine, known(mine, name)), cell(row.others, known(others, name)), row.finding)
        for row in explained.rows for name in [row.finding.comparison]
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.agreement == Agreement.MISSING)


def row_of(label: str, mine: Cell, others: Cell, found: Finding) -> Row:
    """One comparison side by side. Where it had nothing to compare, but both customers are known by something, whether
    that is the same is said all the same.
    """
    if found.agreement != Agreement.MISSING or not mine.said or not others.said:
        return Row(label, mine, others, found.agreement.value, found.how)
    agreement = Agreement.DIFFERS if mine.said.isdisjoint(others.said) else Agreement.SAME
    return Row(label, mine, others, agreement.value, f"{agreement.value}, not counted")


def known(record: Record, name: str) -> list[str]:
    """The values that a customer is known by in a field: the one that shows, or every address."""
    if name in CONTACTS:
        return [identifier_value(one) for one in record.contacts if one.kind == name]
    field = record.golden.get(name)
    return [trait_value(field.value, name)] if field else []


def cell(compared: Sequence[str], others: Iterable[str]) -> Cell:
    """The first few values of one side; spellings of one value count once."""
    said = {folded(value) for value in compared}
    also = [value for value in others if folded(value) not in said]
    shown = tuple(compared[:VALUES_SHOWN])
    room = max(0, VALUES_SHOWN - len(shown))
    return Cell(shown, tuple(also[:room]), len(compared) + len(also) - len(shown) - min(len(also), room))


def golden_rows(mine: Record, others: Record) -> list[Row]:
    """The golden records side by side, where nothing could be compared: only whether they say the same."""
    rows = []
    for name in dict.fromkeys((*mine.golden, *others.golden)):
        left, right = known(mine, name), known(others, name)
        agreement = Agreement.MISSING
        if left and right:
            agreement = Agreement.SAME if folded(left[0]) == folded(right[0]) else Agreement.DIFFERS
        rows.append(Row(field_label(name), cell(left, ()), cell(right, ()), agreement.value, agreement.value))
    return rows


# What we may do


def consent_rows(mine: Record, others: Record) -> list[Row]:
    """Each permission of either, and what would hold for both."""
    said = [{permission_word(one): one for one in record.permissions} for record in (mine, others)]
    return [consent_row(word, *(one.get(word) for one in said)) for word in dict.fromkeys((*said[0], *said[1]))]


def consent_row(word: str, mine: Permission | None, others: Permission | None) -> Row:
    """One permission; where they say different things, the most restrictive would hold."""
    label = word[:1].upper() + word[1:]
    told = [one for one in (mine, others) if one]
    agreement, how = Agreement.MISSING, f"stays {given(told[0])}"
    if len(told) > 1:
        is_same = told[0].is_given == told[1].is_given
        agreement, how = (Agreement.SAME, "same") if is_same else (Agreement.DIFFERS, "withdrawn would hold")
    left, right = (Cell((given(one),)) if one else Cell() for one in (mine, others))
    return Row(label, left, right, agreement.value, how)


def given(permission: Permission) -> str:
    return "given" if permission.is_given else "withdrawn"
