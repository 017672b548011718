"""The people of the demonstration data: made-up names, numbers set aside for fiction, reserved mail domains. Pure."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from integrations.demo.letters import Scene
from integrations.demo.words import stock, weighted

# Numbers that Ofcom keeps free for drama: 1,000 of each. https://www.ofcom.org.uk (numbers for TV and radio drama)
MOBILE = "+447700900"
AREAS = (
    "+442920180", "+442079460", "+441134960", "+441144960", "+441154960", "+441164960", "+441174960", "+441184960",
    "+441214960", "+441314960", "+441414960", "+441514960", "+441614960", "+441632960", "+441914980", "+442896496",
)  # fmt: skip
MOBILES, SPARE = 940, 60  # people's own mobiles; those that people change to
HOMES = 8_000  # the first of the landlines that several people share
MOST = 8_000  # people, before the numbers run out
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "home.example.net")


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser on one device, as the web shop knows it."""

    anonymous_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up. login: the id of the account in the web shop, for those who get as far."""

    index: int
    given: str
    surname: str
    is_woman: bool
    email: str
    phone: str
    home: str
    born: date
    street: str
    town: str
    postcode: str
    airport: str
    browsers: tuple[Browser, ...]

    @property
    def name(self) -> str:
        return f"{self.given} {self.surname}"

    @property
    def login(self) -> str:
        return f"acc-{100_000 + self.index * 7}"

    @property
    def handle(self) -> str:
        """The id that Meta has for this person."""
        return str(7_204_118_000_000_000 + self.index * 90_437)

    @property
    def has_mobile(self) -> bool:
        return self.phone.startswith(MOBILE)

    @property
    def traits(self) -> dict[str, Any]:
        """What the web shop knows once somebody has booked, as the tracking API names it."""
        return {
            "firstName": self.given, "lastName": self.surname, "email": self.email, "phone": self.phone,
            "birthday": self.born.isoformat(),
            "address": {"street": self.street, "city": self.town, "postalCode": self.postcode, "country": "GB"},
        }  # fmt: skip


def mobile(n: int) -> str:
    """The n-th mobile number; Anna Whitfield's, 142, is the first. 637 and 1000 have no common divisor."""
    return f"{MOBILE}{(142 + n * 637) % 1000:03d}"


def landline(n: int) -> str:
    """The n-th landline; 029 2018 0142 is the first."""
    return f"{AREAS[n % len(AREAS)]}{(142 + n // len(AREAS) * 389) % 1000:03d}"


def new_mobile(n: int) -> str:
    """The number that the n-th person who changes theirs changes to."""
    return mobile(MOBILES + n) if n < SPARE else landline(2 * HOMES - 1 - n)


def make_person(scene: Scene, index: int) -> Person:
    """The person of an index, the same for the same dice."""
    pool = weighted(scene, stock("names")["pools"])
    is_woman = scene.is_lucky(0.55)
    given = scene.pick(pool["women" if is_woman else "men"].split())
    surname = scene.pick(pool["surnames"].split())
    town, postcode, airport = scene.pick(stock("places")["towns"])
    return Person(
        index=index, given=given, surname=surname, is_woman=is_woman,
        email=mailbox(scene, given, surname, index),
        phone=mobile(index) if index < MOBILES else landline(index),
        home=landline(HOMES + index),
        born=date(scene.number(1944, 2004), scene.number(1, 12), scene.number(1, 28)),
        street=f"{scene.number(1, 148)} {scene.pick(stock('names')['streets'].split(','))}",
        town=town, postcode=full_postcode(scene, postcode), airport=airport, browsers=browsers(scene),
    )  # fmt: skip


def mailbox(scene: Scene, given: str, surname: str, index: int) -> str:
    """An address as people choose theirs; the index keeps two namesakes apart."""
    first, last = given.lower(), surname.lower()
    shapes = (
        f"{first}.{last}{index}",
        f"{first[0]}{last}{index}",
        f"{first}{last[0]}.{index}",
        f"{last}.{first}{index}",
    )
    return f"{scene.pick(shapes)}@{scene.pick(DOMAINS)}"


def full_postcode(scene: Scene, district: str) -> str:
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    return f"{district} {scene.number(1, 9)}{scene.pick(letters)}{scene.pick(letters)}"


def browsers(scene: Scene) -> tuple[Browser, ...]:
    """A phone, and for most people something larger."""
    agents = stock("places")["agents"]
    phones = [agent for kind, agent in agents if kind == "phone"]
    desks = [agent for kind, agent in agents if kind == "desk"]
    return Browser(uuid(scene), scene.pick(phones)), Browser(uuid(scene), scene.pick(desks))


def uuid(scene: Scene) -> str:
    text = scene.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def relative(person: Person, other: Person) -> Person:
    """The other person, as one of this one's household: same surname, home and landline."""
    return replace(
        other, surname=person.surname, home=person.home, street=person.street, town=person.town,
        postcode=person.postcode, airport=person.airport,
        email=f"{other.given.lower()}.{person.surname.lower()}{other.index}@{other.email.partition('@')[2]}",
    )  # fmt: skip
