"""What a request asks of the queue: which reviews, and the address that asks the same again."""

import uuid
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest

from crm.asked import number_of
from crm.identity.models import Customer
from crm.matching.models import TAKEN_BACK, Review
from crm.matching.queueing import NOBODY, REASONS, Asked
from crm.privacy.access import signed_in, visible_customers

SHOWN = {"waiting": "To decide", "later": "Put off", "decided": "Decided", TAKEN_BACK: "Taken back since"}
WHOSE = {"": "Anybody’s", "me": "Mine", NOBODY: "Nobody’s yet"}
MOST_DONE = 100  # reviews that one address names


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, and the same in the words of the address."""

    asked: Asked
    words: dict[str, str]

    @property
    def query(self) -> str:
        """The filters as the end of an address: ?reason=household; empty when there are none."""
        return f"?{urlencode(self.words)}" if self.words else ""

    @property
    def of_waiting(self) -> Asked:
        """The same filters over what waits: where the next pair comes from."""
        return replace(self.asked, state="waiting", after=0)

    def and_done(self, reviews: list[int]) -> str:
        """The end of an address that also says what was just done."""
        return f"?{urlencode({**self.words, 'done': ','.join(map(str, reviews))})}"


def wanted(request: HttpRequest) -> Wanted:
    """Read the address; what cannot be read is as if not asked."""
    given = {name: request.GET.get(name, "").replace("\0", "") for name in ("state", "reason", "assignee", "customer")}
    known = {"state": set(SHOWN) - {"waiting"}, "reason": set(REASONS), "assignee": set(WHOSE) - {""}}
    words = {name: given[name] for name, values in known.items() if given[name] in values}
    customer = customer_of(request, given["customer"])
    if customer:
        words["customer"] = str(customer.public_id)
    whose = str(signed_in(request).pk) if words.get("assignee") == "me" else words.get("assignee", "")
    after = numbers_of([request.GET.get("after", "")])
    state, reason = words.get("state", "waiting"), words.get("reason", "")
    return Wanted(Asked(state, reason, whose, customer, after[0] if after else 0), words)


def customer_of(request: HttpRequest, public_id: str) -> Customer | None:
    """The customer that an id stands for now."""
    try:
        known = uuid.UUID(public_id)
    except ValueError:
        return None
    return visible_customers(request.user).filter(identifiers__origin__public_id=known).first()


def done_before(request: HttpRequest) -> list[Review]:
    """What the address says was just done by whoever asks, and still stands, so that it can be undone."""
    numbers = numbers_of(request.GET.get("done", "").split(","))
    found = Review.objects.filter(pk__in=numbers).select_related("a__customer", "b__customer", "link")
    me = signed_in(request).pk
    return [one for one in found if one.later_until or (one.decided_by_id == me and not one.is_taken_back)]


def numbers_of(texts: list[str]) -> list[int]:
    """The reviews (ids) that an address or a form names."""
    return [one for text in texts if (one := number_of(text)) is not None][:MOST_DONE]
