"""The Segment HTTP tracking API, so that existing client libraries work unchanged."""

from collections.abc import Sequence
from hmac import compare_digest

from integrations.adapter import Answer, Event, Request, SourceFacts
from integrations.errors import Rejected
from integrations.origins import ORIGINS, check_origin
from integrations.segment import parsing, splitting
from integrations.segment.browsers import project_settings
from integrations.segment.reading import MAX_BATCH, path_key, write_key
from integrations.setting import Setting
from journeys.interactions.drafts import Channel, Draft

__all__ = ["Segment", "write_key"]


class Segment:
    """Web and app events under /v1/. The write key is public: what it claims is not verified, unless a server of the
    site vouches for it (signing.py).
    """

    name = "segment"
    channel = Channel.WEB.value
    is_trusted = False
    max_body = MAX_BATCH
    cors = True
    settings: Sequence[Setting] = (ORIGINS,)

    def verify(self, request: Request, source: SourceFacts) -> None:
        if not compare_digest(write_key(request).encode("utf-8", "replace"), source.write_key.encode()):
            raise Rejected("segment: the write key is not this source's; copy it from the source's page", 401)
        check_origin(source.settings, request.headers)

    def split(self, request: Request, source: SourceFacts) -> list[Event]:
        return splitting.split(request)

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        return [parsing.parse(event, source.secret)]

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        """`{"success": true}`, or the settings that the browser library asks for first."""
        if request.method == "GET":
            if not path_key(request.path):
                raise Rejected("segment: use POST, or GET /v1/projects/<write key>/settings", 404)
            return project_settings(request, source.write_key)
        return Answer()
