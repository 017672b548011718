"""Send what nobody would send who means well to every door, parser and API operation: errors of ours, and leaks."""

import random
from argparse import ArgumentParser
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import islice
from typing import Any
from urllib.parse import quote

import orjson

from crm.privacy.models import ApiKey
from crm.sources.models import Source
from crm.stack.throwaway import Stack
from integrations.adapter import Adapter
from integrations.benchmarks import guided, parsing
from integrations.benchmarks.mutating import NASTY, TYPES, bodies
from integrations.benchmarks.stacks import django_reads, throw_away_stack
from integrations.sources import SOURCES

CANARY = "canary7f3a"
INSIDE = tuple(f'Traceback|site-packages|psycopg|django.|SELECT |INSERT INTO|File "|{CANARY}'.encode().split(b"|"))
SECRET = "of-the-benchmark-only"  # noqa: S105 (of a throw-away installation)
Send = Callable[[str, str, bytes, Mapping[str, str]], tuple[int, bytes]]


@dataclass(slots=True)
class Tally:
    """How it went. errors and leaks: where, of each kind once."""

    requests: int = 0
    silent: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    leaks: dict[str, int] = field(default_factory=dict)

    def note(self, where: str, status: int, body: bytes) -> None:
        """An answer: an error of ours is a 5xx, but for the 503 of what is too busy; a leak, what an error tells."""
        self.requests += 1
        self.silent += not status
        if status >= 500 and status != 503:
            self.errors[where] = self.errors.get(where, 0) + 1
        for word in INSIDE if status >= 400 else ():
            if word in body:
                at = f"{where}: {word.decode()}"
                self.leaks[at] = self.leaks.get(at, 0) + 1


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--requests", type=int, default=10_000, help="to each door, and cases for each parser")
    parser.add_argument("--guided", type=int, default=100_000, help="cases for each parser that Atheris makes up")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="+", metavar="DOOR", default=[], help="these doors and parsers (default: all)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: doors, requests, errors of ours (5xx), leaks; parsers, cases, crashes."""
    count, seed = options["requests"], options["seed"]
    only = set(options["only"])
    adapters = [adapter for name, adapter in SOURCES.items() if not only or name in only]
    further = options["guided"] if guided.is_there() else 0
    if not further:
        say("parsers are sent no bodies that Atheris makes up: it comes with requirements-dev.txt")
    crashed = 0
    for adapter in adapters:
        found = parsing.crashes(adapter, count, random.Random(seed), CANARY)
        found += guided.crashes(adapter.name, parsing.known_to(adapter), further, seed) if further else []
        crashed += len(found)
        say(f"parser {adapter.name}: {count + further:,} cases, {len(found)} crashes {sorted(set(found))[:3] or ''}")
    with throw_away_stack(log="CRITICAL") as running, django_reads(running):
        tallies = {}
        for name, asking in doors(running, seed):
            if only and name not in only:
                continue
            tallies[name] = tally = asked(asking, running.port, count)
            wrong = {**tally.errors, **tally.leaks}
            told = f"{tally.requests:,} requests, {tally.silent} unanswered, {sum(wrong.values())} wrong"
            say(f"door {name}: {told} {list(wrong)[:3] or ''}")
    return {
        "doors": len(tallies), "requests": sum(one.requests for one in tallies.values()),
        "server_errors": sum(sum(one.errors.values()) for one in tallies.values()),
        "leaks": sum(sum(one.leaks.values()) for one in tallies.values()),
        "parsers": len(adapters), "cases": len(adapters) * (count + further), "crashes": crashed,
    }  # fmt: skip


Asked = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


def doors(running: Stack, seed: int) -> Iterator[tuple[str, Iterator[Asked]]]:
    """(name, requests without end) of every door of a running stack."""
    for name, adapter in SOURCES.items():
        source = Source.objects.create(name=name, adapter=name, namespace=name, secret=SECRET)
        yield name, webhooks(adapter, source.endpoint, source.write_key, random.Random(seed))
    token = ApiKey.issue("doors", "admin")[1]
    described = orjson.loads(http(running.port)("GET", "/api/v1/schema/?format=json", b"", {})[1])
    yield "api", operations(described["paths"], token, random.Random(seed))
    yield "pages", pages(random.Random(seed))


def asked(requests: Iterator[Asked], port: int, count: int) -> Tally:
    """Send so many requests, and look at the answers."""
    return answered(requests, http(port), count)


def answered(requests: Iterator[Asked], send: Send, count: int) -> Tally:
    tally = Tally()
    for method, path, body, headers in islice(requests, count):
        status, said = send(method, path, body, headers)
        tally.note(f"{method} {path.partition('?')[0][:60]}", status, said)
    return tally


def http(port: int) -> Send:
    """A browser of no manners. A connection that is hung up on is no answer, and no error of ours."""
    kept = HTTPConnection("127.0.0.1", port, timeout=30)

    def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            kept.request(method, path, body or None, dict(headers))
            answer = kept.getresponse()
            return answer.status, answer.read()
        except (HTTPException, OSError):
            kept.close()
            return 0, b""

    return send


def webhooks(adapter: Adapter, endpoint: str, write_key: str, dice: random.Random) -> Iterator[Asked]:
    """What is sent to a source's door, with its key and without."""
    of_browsers = ("/v1/batch", "/v1/track", "/v1/identify", "/v1/" + "x" * 500)
    paths = of_browsers if adapter.cors else (endpoint, endpoint + "x/")
    for body in bodies(parsing.known_to(adapter), dice, CANARY):
        headers = {"Content-Type": dice.choice(TYPES), "X-Hub-Signature-256": "sha256=" + "0" * 64}
        if dice.random() < 0.8:
            headers["Authorization"] = basic(write_key if adapter.cors else "throughline", SECRET)
        yield dice.choice(("POST", "POST", "POST", "GET")), dice.choice(paths), body, headers


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def operations(paths: Mapping[str, Mapping[str, Any]], token: str, dice: random.Random) -> Iterator[Asked]:
    """What the API is asked that it does not expect, by somebody who may ask it anything."""
    every = [(path, method, told) for path, methods in paths.items() for method, told in methods.items()]
    while True:
        path, method, told = dice.choice(every)
        named = [one["name"] for one in told.get("parameters", ()) if one["in"] == "query"]
        for one in [one["name"] for one in told.get("parameters", ()) if one["in"] == "path"]:
            path = path.replace(f"{{{one}}}", written(dice))
        query = "&".join(f"{name}={written(dice)}" for name in named if dice.random() < 0.3)
        body = orjson.dumps({name: one for name in ("a", "b", "reason", "verdict", "title", "customer", "body")
                             if (one := dice.choice(NASTY)) is not None and one != 10**30})  # fmt: skip
        headers = {"Authorization": f"Bearer {token}", "Content-Type": dice.choice(TYPES[:3])}
        yield method.upper(), f"{path}?{query}", b"" if method == "get" else body, headers


def pages(dice: random.Random) -> Iterator[Asked]:
    """What those send who are not signed in: to the page to sign in on, to tracking numbers, to everything else."""
    while True:
        path = dice.choice(("/sign-in/", "/sign-in/passkey/", "/sign-in/second-step/", f"/t/{written(dice)}/number",
                            f"/{written(dice)}", "/customers/", f"/sign-in/with/sso/back/?state={written(dice)}&code=x",
                            "/healthz", "/admin/login/?next=" + written(dice)))  # fmt: skip
        body = f"username={written(dice)}&password={written(dice)}&credential={written(dice)}&code={written(dice)}"
        headers = {"Content-Type": dice.choice(TYPES), "Cookie": f"sessionid={written(dice)[:200]}"}
        yield dice.choice(("GET", "POST", "PUT", "HEAD")), path, body.encode(), headers


def written(dice: random.Random) -> str:
    """Something nasty, as it stands in an address."""
    return quote(str(dice.choice(NASTY))[: dice.choice((20, 400))].encode("utf-8", "replace"), safe="") or "x"
