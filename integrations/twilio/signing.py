"""Twilio's signature: over the exact public URL, and what was posted. Pure.

Source: "Validating requests are coming from Twilio", security documentation.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from hmac import new as hmac
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit

from integrations.adapter import Request, SourceFacts
from integrations.errors import Rejected

DEFAULT_PORTS = {"https": 443, "http": 80}
ALGORITHMS = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 500


def check(request: Request, source: SourceFacts) -> None:
    """Raises Rejected (403) unless the request was signed with the source's auth token."""
    given = request.headers.get("x-twilio-signature", "")
    if not given:
        raise Rejected("twilio: the request has no X-Twilio-Signature; is it Twilio that sends here?", 403)
    token = str(source.settings.get("auth_token") or source.secret)
    posted = signed_fields(request)
    digest = algorithm(request.headers)
    right = (signature(token, url + posted, digest) for url in spellings(request.url))
    if not any(compare_digest(candidate.encode(), given.encode("utf-8", "replace")) for candidate in right):
        shown = ascii(request.url.partition("?")[0])[1:-1][:200]
        raise Rejected(
            f"twilio: signature does not match {shown}; check the source's secret (Twilio's auth token) and the public"
            " URL (THROUGHLINE_PUBLIC_URL)",
            403,
        )


def signed_fields(request: Request) -> str:
    """What is signed beside the URL: a form's fields in order of their names; of a JSON body its hash, in the query.

    Raises Rejected (403) when the body is covered by neither.
    """
    if is_form(request.headers):
        return "".join(name + value for name, values in sorted(fields(request.body).items()) for value in values)
    claimed = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    hashed = hashlib.sha256(request.body).hexdigest()
    if request.body and not compare_digest(claimed.lower().encode("utf-8", "replace"), hashed.encode()):
        raise Rejected("twilio: bodySHA256 in the address is not the body's; was the body changed on the way?", 403)
    return ""


def is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def fields(body: bytes) -> dict[str, list[str]]:
    """A form's fields: each name's values, sorted, without doubles. Raises Rejected (400) when it is too large."""
    found: dict[str, set[str]] = {}
    try:
        for name, value in parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        ):
            found.setdefault(name, set()).add(value)
    except ValueError:
        raise Rejected(f"twilio: the form has over {MAX_FIELDS} fields") from None
    return {name: sorted(values) for name, values in found.items()}


def algorithm(headers: Mapping[str, str]) -> str:
    """The algorithm that the settings header names; without one, the auth token's."""
    for part in headers.get("x-twilio-webhooks-signature-settings", "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip().upper() in ALGORITHMS:
            return value.strip().upper()
    return "HMAC_SHA1"


def signature(token: str, signed: str, digest: str = "HMAC_SHA1") -> str:
    mac = hmac(token.encode(), signed.encode("utf-8", "replace"), ALGORITHMS[digest])
    return b64encode(mac.digest()).decode()


def spellings(url: str) -> Iterable[str]:
    """The URL as it is, without its port, and with the default one: Twilio signs now this, now that."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [url]
    bare = with_host(parts, parts.netloc.removesuffix(f":{port}") if port else parts.netloc)
    default = DEFAULT_PORTS.get(parts.scheme)
    return [url, bare] if port or not default else [url, with_host(parts, f"{parts.netloc}:{default}")]


def with_host(parts: SplitResult, netloc: str) -> str:
    return parts._replace(netloc=netloc).geturl()
