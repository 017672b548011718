"""The rows in which a journey is filled in: what followed an interaction, or came before it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from journeys.explore.following import MOST_STEPS, Beside, Course, read_beside, read_course
from journeys.segments.definitions import UNITS
from journeys.segments.forms import SECONDS, UNIT, choice, number, step_fields

DID = [("did", "afterwards"), ("not", "not afterwards"), ("before", "beforehand"), ("never", "not beforehand")]
ROWS = [f"then{n}" for n in range(1, MOST_STEPS + 1)]


class JourneyForm(forms.Form):
    """A journey's steps, a row each."""

    def __init__(self, course: Course | None, given: Mapping[str, Any]) -> None:
        super().__init__()
        for row in ROWS:
            step = step_fields(row, "The customer")
            self.fields |= {f"{row}_did": choice("When", DID)} | step
            self.fields |= {f"{row}_within": number("Within", 30), f"{row}_unit": choice("Unit", UNIT)}
        self.initial = initial_of(course) if course else {name: given[name] for name in self.fields if name in given}

    @property
    def rows(self) -> Iterator[list[BoundField]]:
        for row in ROWS:
            yield [self[name] for name in self.fields if name.startswith(f"{row}_")]

    @property
    def is_filled(self) -> bool:
        return any(self.initial.get(f"{row}_what") for row in ROWS)


def initial_of(course: Course) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for row, one in zip(ROWS, course.steps, strict=False):
        seconds = int(one.within.total_seconds())
        unit = next((unit for unit, size in UNITS if seconds % size == 0), "minute")
        filled |= {
            f"{row}_did": said_did(one), f"{row}_what": one.step.what, f"{row}_value": one.step.value,
            f"{row}_within": seconds // SECONDS[unit], f"{row}_unit": unit,
        }  # fmt: skip
    return filled


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
