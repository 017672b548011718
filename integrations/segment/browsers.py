"""What browsers need: leave to send from another site, and the settings that the browser library starts with. Pure."""

from typing import Any
from urllib.parse import urlsplit

import orjson

from integrations.adapter import Answer, Request

# Of every answer, and of the answer to a preflight. `x-retry-count` comes with every second try.
CORS = {"access-control-allow-origin": "*"}
PREFLIGHT = CORS | {
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "authorization, content-type, content-encoding, x-retry-count",
    "access-control-max-age": "86400",
}


def project_settings(request: Request, write_key: str) -> Answer:
    """The settings of a project: no integration but our own, at the address that was asked."""
    address = urlsplit(request.url)
    ours = {
        "apiKey": write_key,
        "apiHost": f"{address.netloc}/v1",
        "protocol": address.scheme,
        "addBundledMetadata": False,
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
    }
    found: dict[str, Any] = {
        "integrations": {"Segment.io": ours},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
    }
    return Answer(body=orjson.dumps(found))
