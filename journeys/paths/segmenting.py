"""A definition of giving up as a segment: who began, did not finish, did not call, and allows marketing. Pure."""

from datetime import timedelta

from journeys.attribution.models import ConversionDefinition
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.segments.definitions import (
    MOST_STEPS,
    MOST_WITHIN,
    BadDefinition,
    Consent,
    Definition,
    Journey,
    Then,
    plain,
    written,
)
from journeys.segments.models import CustomerSegment
from journeys.segments.steps import Step

DAYS = 30  # back, for the beginning


def segment_of(definition: AbandonmentDefinition) -> CustomerSegment | None:
    """The segment; None where segments cannot ask for it: with several beginnings, or with * elsewhere than at the end
    of a path.
    """
    endings = [*definition.finished, *events_of(definition.conversion)]
    if len(definition.begun) != 1 or len(endings) + 1 >= MOST_STEPS:
        return None
    quiet, days = timedelta(minutes=definition.quiet), timedelta(days=definition.days)
    try:
        first, *rest = (step_of(one) for one in [*definition.begun, *endings])
    except BadDefinition:
        return None
    then = (*(Then(one, False, quiet) for one in rest), Then(Step("call"), False, min(days, MOST_WITHIN)))
    made = Definition((Journey(first, DAYS, then), Consent("marketing", True)))
    return CustomerSegment(name=f"Gave up, never called: {definition.name}"[:80], definition=written(made))


def events_of(conversion: ConversionDefinition | None) -> list[str]:
    return list(conversion.events) if conversion else []


def step_of(name: str) -> Step:
    """A page or an event as a step of segments. Raises BadDefinition."""
    is_page = name.startswith("/")
    if "*" in (name.removesuffix("*") if is_page else name):
        raise BadDefinition("only the end of a path may be anything")
    return Step("page" if is_page else "event", plain(name))
