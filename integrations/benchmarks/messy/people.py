"""The people behind the messy records: households, couples with one inbox, twins, juniors, moves, maiden names."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from integrations.benchmarks.messy import pools
from integrations.benchmarks.messy.pools import Flags, Ints, Texts

Dice = np.random.Generator

HOUSEHOLD_SIZES = (0.31, 0.33, 0.16, 0.14, 0.06)  # one person, two, three ...
PROVIDERS = pools.zipf("gmail.com outlook.com yahoo.co.uk hotmail.com icloud.com btinternet.com sky.com".split(), 1)
STAFF_OF_A_SWITCHBOARD = 300
SHARES = {
    "flat share": 0.08,  # of households
    "one inbox": 0.08,  # of couples
    "landline": 0.45,  # of households
    "own surname": 0.25,  # of partners
    "twin": 0.05,  # of second children
    "junior": 0.06,  # of sons
    "moved": 0.25,
    "e-mail": 0.92,
    "second e-mail": 0.3,
    "mobile": 0.92,
    "second mobile": 0.25,
    "switchboard": 0.015,
    "middle name": 0.6,
}


@dataclass(frozen=True)
class Addresses:
    number: Texts
    street: Texts
    city: Texts
    postcode: Texts
    landline: Texts

    def of(self, rows: Ints) -> "Addresses":
        return Addresses(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True)
class People:
    """One row a person; None where a person has none of it."""

    given: Texts
    short: Texts
    middle: Texts
    surname: Texts
    maiden: Texts
    birth: Texts
    email: Texts
    second_email: Texts
    mobile: Texts
    second_mobile: Texts
    address: Addresses
    former: Addresses

    @property
    def count(self) -> int:
        return len(self.given)


@dataclass(frozen=True)
class Seats:
    """Who sits where: each person's household and place in it (0 and 1 the couple, then children) and sex."""

    household: Ints
    place: Ints
    is_woman: Flags
    is_flat_share: Flags
    first: Ints  # the row of the household's first person

    @property
    def count(self) -> int:
        return len(self.household)


def chance(dice: Dice, name: str, size: int) -> Flags:
    return dice.random(size) < SHARES[name]


def populate(dice: Dice, count: int) -> People:
    """Draw so many people."""
    seats = seat(dice, count)
    given, birth = given_names(dice, seats), births(dice, seats)
    surname, maiden = surnames(dice, seats)
    addresses = settle(dice, int(seats.household[-1]) + 1)
    moved = np.where(chance(dice, "moved", count), dice.integers(0, len(addresses.number), count), seats.household)
    email = emails(dice, given, surname, birth)
    mobile = numbers(dice, count, "07")
    return People(
        given=given,
        short=pools.short_forms(given),
        middle=some(dice, "middle name", given[dice.permutation(count)]),
        surname=surname,
        maiden=maiden,
        birth=birth,
        email=shared_inboxes(dice, seats, surname, some(dice, "e-mail", email[:count])),
        second_email=some(dice, "second e-mail", email[count:]),
        mobile=some(dice, "mobile", mobile),
        second_mobile=second_mobiles(dice, count),
        address=addresses.of(seats.household),
        former=addresses.of(moved),
    )


def some(dice: Dice, name: str, values: Texts) -> Texts:
    """The values of those who have one."""
    return pools.where_known(chance(dice, name, len(values)), values)


def seat(dice: Dice, count: int) -> Seats:
    sizes = dice.choice(np.arange(1, len(HOUSEHOLD_SIZES) + 1), size=count, p=HOUSEHOLD_SIZES)
    household = np.repeat(np.arange(count), sizes)[:count]
    first = np.searchsorted(household, household)
    place = np.arange(count) - first
    is_woman = dice.random(count) < 0.5
    partner = place == 1
    is_woman[partner] = is_woman[first[partner]] ^ (dice.random(int(partner.sum())) < 0.97)
    return Seats(household, place, is_woman, chance(dice, "flat share", count)[household], first)


def given_names(dice: Dice, seats: Seats) -> Texts:
    """Given names; some sons have their father's."""
    women, men = (pools.given_names(sex).draw(dice, seats.count) for sex in ("women", "men"))
    given = np.where(seats.is_woman, women, men)
    is_son = (seats.place > 1) & ~seats.is_woman & ~seats.is_woman[seats.first]
    is_junior = is_son & chance(dice, "junior", seats.count)
    return np.where(is_junior, given[seats.first], given)


def surnames(dice: Dice, seats: Seats) -> tuple[Texts, Texts]:
    """Surnames, and the maiden names of those who took their partner's."""
    own = pools.surnames().draw(dice, seats.count)
    keeps = seats.is_flat_share | ((seats.place == 1) & chance(dice, "own surname", seats.count))
    took = (seats.place == 1) & seats.is_woman & ~keeps
    return np.where(keeps, own, own[seats.first]), pools.where_known(took, own)


def births(dice: Dice, seats: Seats) -> Texts:
    """Dates of birth: partners within some years, children a generation later, twins on one day."""
    day = dice.integers(0, 365 * 45, seats.count)  # of the first adult, from 1945 on
    partner = day[seats.first] + dice.integers(-365 * 6, 365 * 6, seats.count)
    child = day[seats.first] + dice.integers(365 * 21, 365 * 38, seats.count)
    day = np.where((seats.place == 0) | seats.is_flat_share, day, np.where(seats.place == 1, partner, child))
    twins = np.flatnonzero((seats.place == 3) & chance(dice, "twin", seats.count))
    day[twins] = day[twins - 1]
    written = (np.datetime64("1945-01-01") + day.astype("timedelta64[D]")).astype(str)
    return written.astype(object)


def settle(dice: Dice, count: int) -> Addresses:
    """One address a household, some with a landline."""
    towns = pools.towns()
    town = np.minimum(dice.exponential(len(towns) / 3, count).astype(int), len(towns) - 1)
    city, district = (pools.texts([names[column] for names in towns])[town] for column in (0, 1))
    sector, first, second = dice.integers(1, 10, count), dice.integers(0, 20, count), dice.integers(0, 20, count)
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    inward = [f" {a}{letters[b]}{letters[c]}" for a, b, c in zip(sector, first, second, strict=True)]
    return Addresses(
        number=dice.integers(1, 180, count).astype(str).astype(object),
        street=pools.streets().draw(dice, count),
        city=city,
        postcode=district + pools.texts(inward),
        landline=some(dice, "landline", numbers(dice, count, "02")),
    )


def numbers(dice: Dice, count: int, prefix: str) -> Texts:
    """Phone numbers, no two alike."""
    start = int(dice.integers(0, 10**9))
    return pools.texts([f"{prefix}{(start + 618_033_989 * row) % 10**9:09}" for row in range(count)])


def second_mobiles(dice: Dice, count: int) -> Texts:
    """An older number for some, and a switchboard for those at work."""
    own = some(dice, "second mobile", numbers(dice, count, "07"))
    boards = numbers(dice, int(count * SHARES["switchboard"]) // STAFF_OF_A_SWITCHBOARD + 1, "03")
    at_work = chance(dice, "switchboard", count)
    return np.where(at_work, boards[dice.integers(0, len(boards), count)], own)


def emails(dice: Dice, given: Texts, surname: Texts, birth: Texts) -> Texts:
    """Two addresses a person, no two alike: first everybody's first ones, then the second ones."""
    count = 2 * len(given)
    style, provider = dice.integers(0, 4, count).tolist(), PROVIDERS.draw(dice, count).tolist()
    people = [*zip(given.tolist(), surname.tolist(), birth.tolist(), strict=True)] * 2
    seen: Counter[str] = Counter()
    made = []
    for (first, last, born), kind, domain in zip(people, style, provider, strict=True):
        mailbox = mailbox_of(first.lower(), last.lower().replace("'", ""), born, kind)
        seen[mailbox] += 1
        made.append(f"{mailbox}{seen[mailbox] if seen[mailbox] > 1 else ''}@{domain}")
    return pools.texts(made)


def mailbox_of(given: str, surname: str, born: str, style: int) -> str:
    return (f"{given}.{surname}", f"{given[0]}{surname}", f"{given}{surname}{born[2:4]}", f"{given}{born[:4]}")[style]


def shared_inboxes(dice: Dice, seats: Seats, surname: Texts, email: Texts) -> Texts:
    """The couples who share one inbox both write from it."""
    ours = chance(dice, "one inbox", seats.count)[seats.household] & (seats.place < 2) & ~seats.is_flat_share
    names, homes = surname[seats.first].tolist(), seats.household.tolist()
    inboxes = [f"the{name.lower()}s{home}@gmail.com" for name, home in zip(names, homes, strict=True)]
    return np.where(ours, pools.texts(inboxes), email)
