"""The sites that a browser's write key may be used on: what a source's setting says, and what a request says. Pure."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from integrations.errors import BadSetting, Rejected
from integrations.setting import Setting, words

WRITTEN = re.compile(r"(?:(https?)://)?(\*\.)?([^\s/*:@?#]{1,253}|\[[0-9a-f:.]+\])(?::(\d{1,5}))?/?", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}
ELSEWHERE = "this key is for pages of its own sites alone, and this one is none of them; the source's page lists them"
NOWHERE = "this key is for browsers on its own sites; make another source for apps and servers"


def origins(typed: str, country: str) -> list[str]:
    """Origins, one to a line, as they are kept: https unless it says http. Raises BadSetting."""
    return list(dict.fromkeys(written(word) for word in words(typed)))


def written(word: str) -> str:
    found = WRITTEN.fullmatch(word)
    if found is None or int(found[4] or 1) not in range(1, 65536):
        raise BadSetting(
            f"“{word[:80]}” is no site: write https://shop.example, or https://*.shop.example for all below"
        )
    scheme = (found[1] or "https").lower()
    try:
        host = found[3].rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        raise BadSetting(f"“{word[:80]}” is no site: its name is none") from None
    port = f":{int(found[4])}" if found[4] and int(found[4]) != PORTS[scheme] else ""
    return f"{scheme}://{found[2] or ''}{host}{port}"


ORIGINS = Setting(
    "origins", "Sites", "The sites whose pages may send with this key, one to a line: https://shop.example, or "
    "https://*.shop.example for every site below it. Empty: any.", origins, lines=4,
)  # fmt: skip


def check_origin(settings: Mapping[str, object], headers: Mapping[str, str]) -> None:
    """Raises Rejected (403) for a request that comes from no page of the source's sites, where it names any."""
    allowed = settings.get(ORIGINS.name)
    if not isinstance(allowed, list) or not allowed:
        return
    said = headers.get("origin") or headers.get("referer") or ""
    if not said:
        raise Rejected(NOWHERE, 403)
    if not is_among(said, allowed):
        raise Rejected(ELSEWHERE, 403)


def is_among(said: str, allowed: Sequence[str]) -> bool:
    """Whether the page that a browser names (an origin, or an address) is on one of the sites."""
    try:
        page = urlsplit(said)
        scheme, host, port = page.scheme, page.hostname or "", page.port
    except ValueError:
        return False
    ending = f":{port}" if port and port != PORTS.get(scheme) else ""
    name = f"[{host}]" if ":" in host else host
    below = (f"{scheme}://*.{name.split('.', skipped)[-1]}{ending}" for skipped in range(1, name.count(".") + 1))
    return f"{scheme}://{name}{ending}" in allowed or any(one in allowed for one in below)
