"""Whether a conversion is told to a destination, and what of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from crm.privacy.permissions import Permission
from integrations.uploads.currencies import CURRENCIES
from integrations.uploads.parcels import NOBODY, Click, Parcel, Rung, Vendor, What, Whose

PERSONAL = "personalization"
ON_THE_WEB = ("", "web")  # the channels that a consent to advertising may name
CANCELLED, GIVEN_BACK, NO_CONSENT = "it does not count any more", "all of it was given back", "no consent"
RESTRICTED, UNKNOWN = "their processing is restricted", "its definition is not told here"
OTHER_BRAND, BEFORE, NO_CLICK = (
    "it is of another brand",
    "it is from before the first day",
    "no click of theirs led to it",
)
ALL_BACK = "all that was told here is taken back"
NEGATIVE, NO_CURRENCY, ENDED = "its value is negative", "its currency is not known", "their consent has ended"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a destination is told: as Destination's columns of the same names say."""

    vendor: Vendor
    purpose: str
    since: datetime
    brand: str = ""
    is_by_click: bool = True
    by_orders: bool = False
    is_taken_back: bool = False
    actions: dict[str, str] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Touch:
    """A click that may be told of. interaction: the one that holds its id."""

    interaction: int
    click: Click


@dataclass(frozen=True, slots=True)
class Facts:
    """A conversion, whose it is and how it came about. of: its definition's number, or the kind that staff noted.

    stands: whether it counts; left: its value less what was given back. clicks: the latest last. call: (its
    interaction, the call that it was made in, or that came before it).
    """

    pk: int
    of: str
    identifier: int
    at: datetime
    value: Decimal
    left: Decimal
    currency: str
    channel: str
    order: str = ""
    stands: bool = True
    is_by_phone: bool = False
    brand: str = ""
    is_restricted: bool = False
    permissions: tuple[Permission, ...] = ()
    clicks: tuple[Touch, ...] = ()
    call: tuple[int, Rung] | None = None
    whose: Whose = NOBODY


@dataclass(frozen=True, slots=True)
class Wish:
    """What a destination is to know of a conversion. click, call: the rows that it is told by; why: why it is to know
    nothing, "" where it is.
    """

    why: str
    value: Decimal = Decimal(0)
    action: str = ""
    click: int | None = None
    call: int | None = None


def decide(rule: Rule, facts: Facts) -> Wish:
    """What is to be told. How old it may be is asked when it is sent (Vendor.fault)."""
    if why := excluded(rule, facts) or unfit(facts):
        return Wish(why, facts.left)
    touch = led_by(rule, facts)
    rung = facts.call if touch is None and rule.calls.get(facts.of) else None
    action = rule.calls[facts.of] if rung else rule.actions.get(facts.of, "")
    if rule.is_by_click and touch is None and rung is None:
        return Wish(NO_CLICK, facts.left)
    if not action:
        return Wish(UNKNOWN, facts.left)
    click = touch.interaction if touch and rule.vendor.tells_clicks else None
    return Wish("", facts.left, action, click, rung[0] if rung else None)


def excluded(rule: Rule, facts: Facts) -> str:
    """Why it may not be told."""
    if rule.is_taken_back:
        return ALL_BACK
    if facts.of not in rule.actions and facts.of not in rule.calls:
        return UNKNOWN
    if facts.brand not in ("", rule.brand):
        return OTHER_BRAND
    if facts.is_restricted:
        return RESTRICTED
    return refusal(facts.permissions, rule.purpose) or (BEFORE if facts.at < rule.since else "")


def unfit(facts: Facts) -> str:
    """Why there is nothing to tell."""
    if not facts.stands:
        return CANCELLED
    if facts.value < 0:
        return NEGATIVE
    if facts.currency not in CURRENCIES:
        return NO_CURRENCY
    return GIVEN_BACK if facts.left <= 0 < facts.value else ""


def refusal(found: Iterable[Permission], purpose: str) -> str:
    """Why a purpose is not consented to: their newest word on it, on the web or everywhere; a yes to e-mails is none
    to this. "" where it is.
    """
    said = [one for one in found if one.purpose == purpose and one.channel in ON_THE_WEB]
    last = max(said, key=lambda one: (one.at, one.is_withdrawn), default=None)
    if last is None or last.is_withdrawn:
        return ENDED if last and last.has_expired else NO_CONSENT
    return ""


def led_by(rule: Rule, facts: Facts) -> Touch | None:
    """The last click of the vendor's before a conversion, within their window."""
    first = facts.at - timedelta(days=rule.vendor.window)
    fit = [one for one in facts.clicks if one.click.kind in rule.vendor.clicks and first <= one.click.at <= facts.at]
    return fit[-1] if fit else None


def told_as(rule: Rule, facts: Facts, turn: int) -> str:
    """What the vendor knows it by: ours, or the order's own number; another each time that it is told anew, but where
    that changes what stands there.
    """
    known = facts.order if rule.by_orders and facts.order else f"throughline-{facts.pk}"
    return known if turn == 1 or rule.vendor.is_retold else f"{known}-{turn}"


@dataclass(frozen=True, slots=True)
class Told:
    """An upload as rules see it: Upload's columns of the same names."""

    pk: int
    turn: int
    number: int
    what: str
    state: str
    told_as: str
    action: str
    click: int | None
    call: int | None
    value: Decimal
    before: Decimal
    attempts: int = 0
    created_at: datetime | None = None
    click_kind: str = ""


def parcel_of(rule: Rule, facts: Facts, one: Told) -> Parcel:
    """An upload as its vendor's adapter takes it. Its click and call may be gone meanwhile: then it has none, but to
    change what was told by it, that it was is enough for most.
    """
    click = next((touch.click for touch in facts.clicks if touch.interaction == one.click), None)
    if click is None and one.number and one.click_kind:
        click = Click(one.click_kind, "", facts.at)
    rung = facts.call[1] if facts.call and facts.call[0] == one.call else None
    return Parcel(
        one.pk, What(one.what), one.told_as, one.action, facts.at, one.value, facts.currency, facts.channel, one.before,
        one.created_at, facts.is_by_phone, click, rung, whose_of(rule, facts),
    )  # fmt: skip


def whose_of(rule: Rule, facts: Facts) -> Whose:
    """Who it is of, as far as the vendor is to know."""
    is_hidden = rule.is_by_click and rule.vendor.click_is_enough
    return replace(facts.whose, emails=(), phones=()) if is_hidden else facts.whose
