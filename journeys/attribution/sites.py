"""Which sites are search engines, social networks, video sites and shops: lists of our own, beside this file. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import orjson

SITES: Mapping[str, frozenset[str]] = {
    name: frozenset(listed)
    for name, listed in orjson.loads(Path(__file__).with_name("sites.json").read_bytes()).items()
}
# Before a site's own name, in its addresses: what else stands there is another service (mail.google.com is no search).
FRONTS = frozenset(
    {"www", "m", "l", "lm", "mobile", "out", "search", "old", "web", "amp", "de", "en", "fr", "uk", "us"}
)


@lru_cache(maxsize=10_000)
def is_among(source: str, name: str) -> bool:
    """Whether a source (a site's address, or a word such as google) is in the list of this name."""
    listed = SITES[name]
    found = source.casefold()
    if found in listed:
        return True
    labels = found.split(".")
    while len(labels) > 2 and labels[0] in FRONTS:
        labels = labels[1:]
    return len(labels) > 1 and (
        labels[0] in listed or any(".".join(labels[at:]) in listed for at in range(len(labels)))
    )
