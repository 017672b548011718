"""Holidays that people look at: where, when, for whom, for how much; and what may be said of them. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from integrations.demo.letters import Scene
from integrations.demo.people import Person
from integrations.demo.words import long_date, pounds, stock, weighted

PARTIES = ("2 adults", "2 adults", "2 adults and 2 children", "2 adults and a baby", "4 adults", "3 adults")
WITH_ARTICLE = ("Bahamas", "Maldives", "Algarve")
NIGHTS = (7, 7, 7, 10, 14, 14)


@dataclass(frozen=True, slots=True)
class Trip:
    """One holiday. slug: of its place, in the shop's addresses."""

    place: str
    slug: str
    hotel: str
    room: str
    board: str
    airport: str
    party: str
    nights: int
    departs: date
    price: int

    @property
    def dates(self) -> str:
        back = self.departs + timedelta(days=self.nights)
        first = str(self.departs.day) if back.month == self.departs.month else long_date(self.departs)
        return f"{first}–{long_date(back)}"

    @property
    def facts(self) -> dict[str, str]:
        """The slots that a sentence about this holiday may have."""
        return {
            "place": f"the {self.place}" if self.place in WITH_ARTICLE else self.place, "place_name": self.place,
            "slug": self.slug, "hotel": self.hotel, "room": self.room, "board": self.board,
            "airport": self.airport, "party": self.party, "nights": str(self.nights), "dates": self.dates,
            "month": f"{self.departs:%B}", "price": pounds(self.price),
        }  # fmt: skip


def slugged(name: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def make_trip(scene: Scene, person: Person, place: str = "", days: int = 60) -> Trip:
    """A holiday from this person's airport, some months after so many days before the end. place: "" for any."""
    options: list[dict[str, Any]] = stock("places")["destinations"]
    there = next((option for option in options if option["name"] == place), None) or weighted(scene, options)
    party, nights = scene.pick(PARTIES), scene.pick(NIGHTS)
    price = there["price"] * scene.dice.uniform(0.75, 1.3) * nights / 10 * (1.5 if "child" in party else 1)
    return Trip(
        place=there["name"], slug=there["slug"], hotel=scene.pick(there["hotels"]),
        room=scene.pick(stock("places")["rooms"]), board=scene.pick(stock("places")["boards"]), airport=person.airport,
        party=party, nights=nights, departs=(scene.end + timedelta(days=scene.number(20, 200) - days)).date(),
        price=int(price) // 10 * 10,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody at Northstar who answers."""

    name: str

    @property
    def given(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def client(self) -> str:
        """The address of this agent's softphone."""
        return f"client:{self.name.lower().replace(' ', '.')}"


def make_agent(scene: Scene) -> Agent:
    return Agent(scene.pick(stock("names")["agents"].split(",")))


def make_facts(scene: Scene, person: Person, trip: Trip, agent: Agent) -> dict[str, str]:
    """All slots that a sentence may have; the booking and case number are this person's own."""
    return trip.facts | {
        "given": person.given, "surname": person.surname, "name": person.name, "postcode": person.postcode,
        "agent": agent.given, "agent_name": agent.name,
        "order": f"NS-{12_000 + person.index * 11}", "ticket": f"{40_000 + person.index * 3}",
    }  # fmt: skip
