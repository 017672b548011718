"""The messy records: what each channel knows of the people, with all that goes wrong on the way."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from integrations.benchmarks.messy.misspelling import misspell
from integrations.benchmarks.messy.people import Dice, People, populate
from integrations.benchmarks.messy.pools import Flags, Ints, Texts, where_known

FIELDS = "given_name middle_name surname full_name date_of_birth email phone street_number street city postcode".split()
TRUTH, ID = "person", "id"
CHANNELS = ("web", "call", "helpdesk", "shop")
CHANNEL_SHARES = (0.2, 0.2, 0.35, 0.25)
KNOWN = {  # how often each channel brings a field
    "given_name": (0.25, 0.0, 0.95, 0.97),
    "middle_name": (0.0, 0.0, 0.2, 0.05),
    "surname": (0.2, 0.0, 0.95, 0.97),
    "full_name": (0.0, 0.6, 0.0, 0.0),
    "date_of_birth": (0.0, 0.15, 0.75, 0.35),
    "email": (1.0, 0.05, 0.85, 0.95),
    "phone": (0.05, 1.0, 0.8, 0.6),
    "street_number": (0.0, 0.0, 0.75, 0.9),
    "street": (0.0, 0.05, 0.75, 0.9),
    "city": (0.05, 0.1, 0.8, 0.92),
    "postcode": (0.05, 0.15, 0.8, 0.9),
}
SLIPS = {
    "given_name": 0.06, "middle_name": 0.06, "surname": 0.08, "full_name": 0.15, "date_of_birth": 0.03, "email": 0.04,
    "phone": 0.03, "street_number": 0.03, "street": 0.08, "city": 0.06, "postcode": 0.05,
}  # fmt: skip
NUMBERS = frozenset({"date_of_birth", "phone", "street_number"})
PLACEHOLDERS = {"date_of_birth": "1900-01-01", "email": "test@test.com", "phone": "0000000000"}
PLACEHOLDER_SHARE = 0.015
MEAN_RECORDS, MOST_RECORDS = 2.7, 20  # of one person


@dataclass(frozen=True)
class Drawing:
    """Whose record each one is, and which channel made it."""

    person: Ints
    channel: Ints
    dice: Dice

    def chance(self, share: float) -> Flags:
        flags: Flags = self.dice.random(len(self.person)) < share
        return flags


def generate(records: int, seed: int) -> dict[str, Texts | NDArray[np.str_] | Ints]:
    """So many records in columns: the id, the person (the truth), the channel and the fields, None where unknown."""
    dice = np.random.default_rng(seed)
    sizes = cluster_sizes(dice, records)
    person = np.repeat(np.arange(len(sizes)), sizes)[:records]
    channel = dice.choice(len(CHANNELS), size=records, p=CHANNEL_SHARES)
    drawing = Drawing(dice.permutation(person), channel, dice)
    columns = fields(drawing, populate(dice, len(sizes)))
    for name, values in columns.items():
        columns[name] = soiled(name, values, drawing)
    return {ID: np.arange(records), TRUTH: drawing.person, "channel": np.array(CHANNELS)[channel], **columns}


def cluster_sizes(dice: Dice, records: int) -> Ints:
    """How many records each person has: most one or two, a few up to the most."""
    count = int(records / MEAN_RECORDS * 1.2) + 10
    sizes = dice.zipf(2.0, count) + dice.geometric(0.7, count) - 1
    sizes = np.where(sizes > MOST_RECORDS, dice.integers(1, MOST_RECORDS + 1, count), sizes)
    enough = int(np.searchsorted(np.cumsum(sizes), records)) + 1
    return sizes[:enough]


def fields(drawing: Drawing, people: People) -> dict[str, Texts]:
    """What each record would say if it were written without a slip."""
    person, chance = drawing.person, drawing.chance
    given = np.where(chance(0.15), people.short[person], people.given[person])
    given = np.where(chance(0.04), initials(given), given)
    is_maiden = chance(0.25) & (people.maiden[person] != None)  # noqa: E711
    surname = np.where(is_maiden, people.maiden[person], people.surname[person])
    swapped = chance(0.01)
    given, surname = np.where(swapped, surname, given), np.where(swapped, given, surname)
    return {
        "given_name": given,
        "middle_name": people.middle[person],
        "surname": surname,
        "full_name": given + " " + surname,
        "date_of_birth": dates(drawing, people.birth[person]),
        "email": either(drawing, people.email, people.second_email, 0.2),
        **addresses(drawing, people),
    }


def initials(names: Texts) -> Texts:
    return np.array([name[0] for name in names.tolist()], dtype=object)


def either(drawing: Drawing, first: Texts, second: Texts, share: float) -> Texts:
    """Each person's first value, this often the second one; whichever there is."""
    mine, other = first[drawing.person], second[drawing.person]
    takes_other = (drawing.chance(share) & (other != None)) | (mine == None)  # noqa: E711
    return np.where(takes_other, other, mine)


def dates(drawing: Drawing, births: Texts) -> Texts:
    """Dates of birth: some with day and month swapped, some a year off."""
    written = births.copy()
    for row in np.flatnonzero(drawing.chance(0.03)).tolist():
        year, month, day = written[row].split("-")
        written[row] = f"{year}-{day}-{month}" if int(day) <= 12 else written[row]
    for row in np.flatnonzero(drawing.chance(0.015)).tolist():
        written[row] = f"{int(written[row][:4]) + 1}{written[row][4:]}"
    return written


def addresses(drawing: Drawing, people: People) -> dict[str, Texts]:
    """Where the person lives, or lived when the record was made; the landline in place of a mobile, often."""
    person, was_before = drawing.person, drawing.chance(0.4)
    chosen = {
        name: np.where(was_before, getattr(people.former, name)[person], getattr(people.address, name)[person])
        for name in ("number", "street", "city", "postcode", "landline")
    }
    mobile, line = either(drawing, people.mobile, people.second_mobile, 0.25), chosen.pop("landline")
    takes_line = (drawing.chance(0.25) & (line != None)) | (mobile == None)  # noqa: E711
    return {"phone": np.where(takes_line, line, mobile), "street_number": chosen.pop("number"), **chosen}


def soiled(name: str, values: Texts, drawing: Drawing) -> Texts:
    """A field as it arrives: unknown to some channels, misspelt, a placeholder, written in another way."""
    known = drawing.dice.random(len(values)) < np.array(KNOWN[name])[drawing.channel]
    found = where_known(known, values)
    misspell(found, SLIPS[name], drawing.dice, is_number=name in NUMBERS)
    if name in PLACEHOLDERS:
        found[drawing.chance(PLACEHOLDER_SHARE) & known] = PLACEHOLDERS[name]
    if name == "phone":
        abroad = drawing.chance(0.2)
        found[abroad] = [f"+44{number[1:]}" if number else None for number in found[abroad].tolist()]
    if name in ("surname", "street", "city"):
        loud = drawing.chance(0.1)
        found[loud] = [text.upper() if text else None for text in found[loud].tolist()]
    return found


def write(path: Path, records: int, seed: int) -> int:
    """Write the records to a Parquet or CSV file; returns how many people they are of."""
    columns = generate(records, seed)
    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path)
    return len(np.unique(columns[TRUTH]))
