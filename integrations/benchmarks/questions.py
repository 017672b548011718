"""What is asked in each case of the timeline benchmark: of our functions, of the web part, and of the database."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User

from crm.identity.models import Customer
from crm.search.finding import find
from integrations.benchmarks import floors
from integrations.benchmarks.populating import MANY, Person
from journeys.customers.listing import found_rows, latest_customers
from journeys.timeline.lanes import Filters
from journeys.timeline.positions import Position, start_of
from journeys.timeline.reading import read_page

Names = tuple[str, str]
YEARS, MONTH = timedelta(days=720), timedelta(days=30)
TEXTS = ("sea view", "breakfast", "checkout", "quote", "nothing that anybody wrote")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. read: our own function's call. path: the page. floor: the statement by hand, with values."""

    read: Callable[[], object]
    path: str
    floor: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Asker:
    """Makes up questions about the people who were put in."""

    def __init__(self, customers: int, names: Mapping[int, Names], agent: User, chance: random.Random) -> None:
        """names: given name and surname by person number, of some people."""
        self.customers = customers
        self.names = names
        self.agent = agent
        self.chance = chance

    def anybody(self) -> Person:
        return Person(self.chance.randrange(self.customers))

    def somebody_busy(self) -> Person:
        return Person(self.chance.randrange(min(MANY, self.customers)))

    def some_time(self) -> datetime:
        return datetime.now(UTC) - YEARS * self.chance.random()

    # The cases, as the figures name them

    def first_page(self) -> Question:
        return journey(self.anybody())

    def deep_page(self) -> Question:
        return journey(self.somebody_busy(), before=start_of(self.some_time()))

    def filtered(self) -> Question:
        texts, channels = self.chance.choice(TEXTS), self.chance.choice(["", "call", "email"])
        return journey(self.somebody_busy(), Filters(channels=frozenset({channels} - {""}), text=texts))

    def hot_customer(self) -> Question:
        return journey(Person(0), before=start_of(self.some_time()) if self.chance.random() < 0.5 else None)

    def merged_customer(self) -> Question:
        return journey(Person(1), before=start_of(self.some_time()) if self.chance.random() < 0.5 else None)

    def search_email(self) -> Question:
        person = self.known()
        given, surname = self.names[person]
        email = f"{given}.{surname}{person}@example.com".lower()
        return self.search(email, floors.BY_VALUE, value=email, kind="email")

    def search_phone(self) -> Question:
        digits = self.anybody().phone
        notations = (
            f"+447{digits}",
            f"07{digits}",
            f"07{digits[:3]} {digits[3:]}",
            f"+44 (0) 7{digits[:3]} {digits[3:6]} {digits[6:]}",
            f"0044 7{digits[:3]}-{digits[3:6]}-{digits[6:]}",
        )
        return self.search(self.chance.choice(notations), floors.BY_VALUE, value=f"+447{digits}", kind="phone")

    def search_name(self) -> Question:
        given, surname = self.names[self.known()]
        words = f"'{given.lower()}' & '{surname.lower()}'"
        typed = f"{given} {surname}" if self.chance.random() < 0.5 else f"{given} {self.misspelt(surname)}"
        return self.search(typed, floors.BY_NAME, words=words)

    def customer_list(self) -> Question:
        """Its beginning, or as far down as somebody scrolls who looks for last month's customers."""
        further = start_of(datetime.now(UTC) - MONTH * self.chance.random())
        before = self.chance.choice([None, further])
        path = "/customers/" + (f"?{urlencode({'before': before.token})}" if before else "")
        values = {"before": before.at if before else datetime.now(UTC)}
        return Question(lambda: latest_customers(self.agent, before), path, floors.LATEST, values)

    def known(self) -> int:
        return self.chance.choice(list(self.names))

    def misspelt(self, name: str) -> str:
        """A name with two letters swapped, one left out, one doubled or one that is wrong."""
        at = self.chance.randrange(1, len(name) - 1)
        slips = (
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + self.chance.choice("aeiorst") + name[at + 1 :],
        )
        return self.chance.choice(slips)

    def search(self, query: str, floor: str, **values: Any) -> Question:
        def read() -> object:
            return found_rows(find(query, self.agent))

        return Question(read, f"/customers/?{urlencode({'q': query})}", floor, values)


CASES: dict[str, Callable[[Asker], Question]] = {
    "first_page": Asker.first_page,
    "deep_page": Asker.deep_page,
    "filtered": Asker.filtered,
    "hot_customer": Asker.hot_customer,
    "merged_customer": Asker.merged_customer,
    "search_email": Asker.search_email,
    "search_phone": Asker.search_phone,
    "search_name": Asker.search_name,
    "customer_list": Asker.customer_list,
}


def journey(person: Person, filters: Filters | None = None, before: Position | None = None) -> Question:
    """A page of a customer's journey."""
    filters = filters or Filters()
    customer = Customer.objects.get(pk=person.customer_id)
    asked = {
        "channel": next(iter(filters.channels), ""), "text": filters.text, "before": before.token if before else "",
    }  # fmt: skip
    query = urlencode({name: value for name, value in asked.items() if value})
    values = {
        "customer": customer.pk, "before": before.at if before else datetime.now(UTC), "text": f"%{filters.text}%",
        "channels": sorted(filters.channels or floors.EVERY_CHANNEL),
    }  # fmt: skip
    return Question(
        lambda: read_page(customer.pk, filters, before),
        f"/customers/{customer.public_id}/" + (f"?{query}" if query else ""),
        floors.FILTERED if filters.text else floors.STREAM,
        values,
    )
