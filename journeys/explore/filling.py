"""The rows in which a journey is filled in: what followed an interaction, or came before it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from journeys.explore.following import MOST_STEPS, Beside, Course, read_beside, read_course
from journeys.segments.definitions import UNITS
from journeys.segments.forms import SECONDS

DID = [("did", "afterwards"), ("not", "not afterwards"), ("before", "beforehand"), ("never", "not beforehand")]
ROWS = [f"then{n}" for n in range(1, MOST_STEPS + 1)]


class Row(NamedTuple):
    """A step as it is filled in. name: of the row, with which its fields begin."""

    name: str
    did: str = "did"
    what: str = ""
    value: str = ""
    within: str = "30"
    unit: str = "minute"


def rows_of(course: Course | None, given: Mapping[str, Any]) -> list[Row]:
    """The rows as the form shows them: what is asked; else what was filled in, right or wrong."""
    if course is None:
        return [Row(name)._replace(**given_of(name, given)) for name in ROWS]
    steps = [row_of(name, one) for name, one in zip(ROWS, course.steps, strict=False)]
    return steps + [Row(name) for name in ROWS[len(steps) :]]


def given_of(name: str, given: Mapping[str, Any]) -> dict[str, str]:
    told = {part: given.get(f"{name}_{part}") for part in Row._fields[1:]}
    return {part: str(value) for part, value in told.items() if value is not None}


def row_of(name: str, one: Beside) -> Row:
    seconds = int(one.within.total_seconds())
    unit = next((unit for unit, size in UNITS if seconds % size == 0), "minute")
    return Row(name, said_did(one), one.step.what, one.step.value, str(seconds // SECONDS[unit]), unit)


def said_did(one: Beside) -> str:
    return ("before" if one.did else "never") if one.is_before else ("did" if one.did else "not")


def filled_in(given: Mapping[str, Any]) -> Course | None:
    """What an address has in these rows. Raises BadDefinition."""
    steps = [read_beside(step_of(given, row)) for row in ROWS if given.get(f"{row}_what")]
    return read_course(str(Course(tuple(steps)))) if steps else None


def step_of(given: Mapping[str, Any], row: str) -> dict[str, Any]:
    did, within = str(given.get(f"{row}_did") or ""), str(given.get(f"{row}_within") or "")
    size = SECONDS.get(str(given.get(f"{row}_unit")), 60)
    return {
        "did": did not in ("not", "never"),
        "step": {"what": given.get(f"{row}_what"), "value": str(given.get(f"{row}_value") or "")},
        "within": int(within) * size if within.isascii() and within.isdigit() and len(within) < 8 else within,
        "before": did in ("before", "never"),
    }
