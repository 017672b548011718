"""Made-up customers in the database: records of a customer file, two each."""

import random
from datetime import UTC, datetime

from crm.identity.kinds import Key
from crm.identity.regrouping import regroup
from crm.identity.resolving import Sighting, enrol, observe
from crm.matching.records import Record
from crm.matching.tests.made_up import GIVEN, SURNAMES
from crm.profile.asserting import Asserted, assert_traits
from crm.sources.models import Source

AT = datetime(2026, 11, 1, tzinfo=UTC)
ENDINGS = ("", "son", "ley", "ton", "field", "wood", "er", "by")
STREETS = ("Mill Lane", "High Street", "Station Road", "Church Close", "Park Avenue", "Queen Street", "The Green")


def customer_file() -> Source:
    facts = {"adapter": "records", "namespace": "file", "is_trusted": True}
    return Source.objects.get_or_create(name="customer file", defaults=facts)[0]


def key_of(number: int) -> Key:
    return Key("record", "file", f"{number:05}")


def records_of(count: int, seed: int = 7) -> dict[int, Record]:
    """So many customers, two records each, of which one has a slip: those of customer n are 2n and 2n + 1."""
    chance = random.Random(seed)
    found: dict[int, Record] = {}
    for number in range(count):
        truth = {
            "given_name": chance.choice(GIVEN),
            "surname": chance.choice(SURNAMES) + chance.choice(ENDINGS),
            "date_of_birth": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "street": f"{chance.randint(1, 99)} {chance.choice(STREETS)}",
            "postcode": f"CF{chance.randint(1, 99)} {chance.randint(1, 9)}AB",
        }
        slipped = chance.choice(("given_name", "surname", "street"))
        found[2 * number] = {field: (value,) for field, value in truth.items()}
        found[2 * number + 1] = {**found[2 * number], slipped: (truth[slipped] + "e",)}
    return found


def populate(count: int, seed: int = 7) -> dict[int, int]:
    """Have so many customers, two records each; returns their identifiers by the record's number."""
    return tell(records_of(count, seed))


def tell(records: dict[int, Record]) -> dict[int, int]:
    """Have the customer file say these records; returns their identifiers by number."""
    source = customer_file()
    keys = {number: key_of(number) for number in records}
    known = enrol(set(keys.values()))
    changed = observe([Sighting((key,), source.pk, True, "k") for key in keys.values()], known)
    said = [
        Asserted(known[keys[number]].id, source.pk, field, value, AT)
        for number, record in records.items()
        for field, values in record.items()
        for value in values
    ]
    regroup(changed | assert_traits(said), "observed")
    return {number: known[key].id for number, key in keys.items()}
