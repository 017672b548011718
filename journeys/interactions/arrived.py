"""An arrival as recording works on it."""

from typing import NamedTuple

from crm.identity.kinds import Key
from crm.sources.models import Source
from journeys.interactions.drafts import Draft


class Noted(NamedTuple):
    """An arrival with its identifiers normalised, the most telling first; only a part may have none.

    browser: the one that a web interaction came through.
    """

    source: Source
    source_id: int
    draft: Draft
    keys: tuple[Key, ...]
    browser: Key | None

    @property
    def main(self) -> Key:
        return self.keys[0]
