"""Made-up people, each with two records that typists got wrong here and there."""

import random
from collections.abc import Sequence

from crm.matching.records import Record, Values

GIVEN = "elizabeth liz anna maria jean-luc thomas tom olivia noah sofia björn ivan grace henry william bill".split()
SURNAMES = "whitfield smith-jones o'brien patel khan nowak garcía silva müller jones brown taylor".split()
STREETS = "12 High Street|3 Mill Lane|77 Station Rd|5 Church Close|9 Park Avenue|21 Queen St|4 The Green".split("|")


def typo(value: str, chance: random.Random) -> str:
    at = chance.randrange(len(value))
    return value[:at] + chance.choice("abcdefgh123456") + value[at + 1 :] if chance.random() < 0.2 else value


def people(count: int, seed: int = 7) -> list[Record]:
    """Records of made-up customers, two each; some hold two phones or two surnames."""
    chance = random.Random(seed)
    records: list[Record] = []
    for number in range(count):
        truth = {
            "given_name": chance.choice(GIVEN),
            "surname": chance.choice(SURNAMES),
            "date_of_birth": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "phone": f"07700 9{number:05}",
            "email": f"{chance.choice(GIVEN)}{number}@example.com",
            "street": chance.choice(STREETS),
            "postcode": f"CF{chance.randint(1, 20)} {chance.randint(1, 9)}AB",
            "extra:occupation": chance.choice(["baker", "nurse", "driver"]),
        }
        for _ in range(2):
            told: dict[str, Values] = {
                field: (typo(value, chance),) for field, value in truth.items() if chance.random() < 0.85
            }
            if chance.random() < 0.2:
                told["phone"] = (truth["phone"], f"020 7946 {chance.randint(1000, 9999)}")
            if chance.random() < 0.1:
                told["surname"] = (truth["surname"], chance.choice(SURNAMES))
            records.append(told)
    return records


def as_fields(records: Sequence[Record]) -> dict[str, list[Values]]:
    """Records turned into columns, as a file or the database brings them."""
    names = dict.fromkeys(field for record in records for field in record)
    return {field: [tuple(record.get(field, ())) for record in records] for field in names}
