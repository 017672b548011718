"""A parser with a mistake that only a body far from the known ones finds."""

from collections.abc import Sequence

import orjson

from integrations.adapter import Event, Request, SourceFacts
from integrations.errors import Rejected
from journeys.interactions.drafts import Draft


class Falling:
    """Falls over an object with a name of two characters of which the second is NUL."""

    name = "falling"
    cors = False

    def split(self, request: Request, source: SourceFacts) -> list[Event]:
        try:
            told = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise Rejected("falling: not JSON; send JSON") from error
        if isinstance(told, dict):
            for name in told:
                if len(name) == 2 and name[1] == "\x00":
                    raise KeyError(name)
        return []

    def parse(self, event: Event, source: SourceFacts) -> Sequence[Draft]:
        return []
