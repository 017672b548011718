"""Erase somebody who left a word everywhere while eight send of them, then look for it everywhere; restore a backup."""

import base64
import json
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.files.storage import FileSystemStorage
from django.core.management.base import CommandError
from django.db import DatabaseError, connections

from crm.errors import ThroughlineError
from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.privacy.personal import personal_models
from crm.sources.models import Source
from crm.stack.errors import StackError
from crm.stack.throwaway import Stack, manage
from integrations.benchmarks.backup import dump, restored
from integrations.benchmarks.canary import hits_in_database, hits_in_files, is_hit
from integrations.benchmarks.ingest import await_drained
from integrations.benchmarks.planting import Planter
from integrations.benchmarks.sending import Prepared, send
from integrations.benchmarks.stacks import database_of, django_reads, throw_away_stack
from integrations.telephony.signing import signature

GOALS = "0 hits anywhere, 0 reappeared, a customer of 10,000 interactions in < 60 s, 0 hits after a restore"
WORD, PHONE = "zyxcanary", "+447700900777"
TELL_TALES = (WORD, "7700900777")
LOGIN, EMAIL, BROWSER = f"{WORD}-login", f"{WORD}@example.com", f"{WORD}-browser"
LANES, BATCH, OTHERS = 8, 20, 500
ERASING_LIMIT = 1_200.0  # seconds
AGAIN = """
    INSERT INTO integrations_pending (delivery_id, available_at, attempts, reason)
    SELECT id, now(), 0, '' FROM integrations_delivery ON CONFLICT DO NOTHING
"""
LOGS = ("up.stderr", "postgres.log")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--interactions", type=int, default=10_000, help="of the customer (default 10000)")
    parser.add_argument("--others", type=int, default=50_000, help="events of others beside them (default 50000)")
    parser.add_argument("--rate", type=float, default=400, help="events per second while they are erased (default 400)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: as the issue names them. seconds_10k: from the second person's yes to the certificate, while others
    send; of a customer with as many interactions as were asked for.
    """
    if options["interactions"] < 50 or options["others"] < 50:
        raise CommandError("fewer than 50 events of either say nothing; ask for more")
    with throw_away_stack(log="INFO") as running, django_reads(running), TemporaryDirectory() as folder:
        site = made_source("segment", "shop")
        planted(running, site, options, say)
        backup = Path(folder) / "backup"
        dump(running, backup)
        found = hits_in_database(TELL_TALES)
        say(f"before: {sum(found.values()):,} rows in {len(found)} columns, of which a backup is made")
        with going_on(running, site, options["rate"]) as sent:
            seconds = erase(running, say)
        await_drained(running)
        figures: dict[str, float] = {
            "hits_database": told(hits_in_database(TELL_TALES), say),
            "hits_files": len(hits_in_files(running.data_dir, TELL_TALES)),
            "hits_logs": hits_in_logs(running),
            "reappeared": reappeared(running, site, sent, say),
            "seconds_10k": seconds,
            "hits_after_restore": after_restore(running, backup, say),
        }
    say(f"goals: {GOALS}")
    return figures


def told(hits: Mapping[str, int], say: Callable[[str], None]) -> int:
    """How many rows, once it is said where they are."""
    for place, count in hits.items():
        say(f"  {count:,} in {place}")
    return sum(hits.values())


# Planting


def planted(running: Stack, site: Source, options: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Have one person come in by every door, and stand in every room, among others."""
    doors(running)
    events = [event_of(LOGIN, f"t-{number}", number) for number in range(options["interactions"])]
    events += [event_of(f"other-{number % OTHERS}", f"o-{number}", number) for number in range(options["others"])]
    send(requests(events, site.write_key), running.port, LANES)
    await_drained(running)
    clerk = User.objects.create(username="clerk")
    for name, role in (("olga", "privacy"), ("piet", "privacy")):
        User.objects.create(username=name).groups.add(Group.objects.get_or_create(name=role)[0])
    who = Identifier.objects.get(kind="login", value=LOGIN)
    storage = FileSystemStorage(running.data_dir / "media")
    Planter(site, who, clerk, storage).plant(WORD, PHONE, f"{BROWSER}-0")
    say(f"{options['interactions']:,} events of one, {options['others']:,} of others")
    empty = sorted(model._meta.label for model in personal_models() if not model._base_manager.exists())
    say(f"in all of the {len(personal_models())} tables that hold something personal, but for {', '.join(empty)}")


def event_of(login: str, key: str, number: int) -> dict[str, Any]:
    """An event of somebody's: now and then, who they are."""
    at = (datetime.now(UTC) - timedelta(minutes=1 + number % 50_000)).isoformat()
    said: dict[str, Any] = {"type": "track", "messageId": key, "userId": login, "timestamp": at, "sentAt": at}
    said |= {"anonymousId": f"{login}-{number % 40}" if login != LOGIN else f"{BROWSER}-{number % 40}"}
    if number % 50 == 0:
        traits = {"email": EMAIL, "phone": PHONE} if login == LOGIN else {"email": f"{login}@example.org"}
        return said | {"type": "identify", "traits": traits | {"name": f"Una {login}"}}
    return said | {"event": f"Wrote {WORD}" if login == LOGIN else "Wrote", "properties": {"about": login}}


def requests(events: Sequence[Mapping[str, Any]], write_key: str) -> list[Prepared]:
    """Batches of events, as they are sent."""
    made = []
    for start in range(0, len(events), BATCH):
        some = events[start : start + BATCH]
        made.append((posted("/v1/batch", {"batch": some, "writeKey": write_key}, {}), len(some)))
    return made


def posted(path: str, said: object, headers: Mapping[str, str]) -> bytes:
    body = json.dumps(said).encode()
    head = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def made_source(adapter: str, name: str) -> Source:
    return Source.objects.create(adapter=adapter, name=name, namespace="shop", country="GB", is_trusted=True)


def doors(running: Stack) -> None:
    """Come in by the doors of phones, mails and records, once each; what nobody can read, too."""
    phones, box, files = (made_source(one, one) for one in ("telephony", "mailbox", "records"))
    for event in ("ringing", "answered", "ended"):
        now = datetime.now(UTC)
        call = {"event": event, "call_id": f"{WORD}-call", "from": PHONE, "to": "+441632960000", "direction": "in",
                "at": now.isoformat()}  # fmt: skip
        body, stamp = json.dumps(call).encode(), str(int(now.timestamp()))
        signed = {"X-Throughline-Timestamp": stamp}
        signed["X-Throughline-Signature"] = signature(phones.secret, stamp, body)
        ask(running, phones.endpoint, body, signed)
    mail = f"From: Una <{EMAIL}>\r\nTo: us@shop.example\r\nSubject: {WORD}\r\nMessage-ID: <{WORD}@mail.example>\r\n"
    mail += "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail += base64.encodebytes(f"I am {WORD}, on {PHONE}".encode()).decode()
    basic = base64.b64encode(f"throughline:{box.secret}".encode()).decode()
    ask(running, box.endpoint, mail.encode(), {"Authorization": f"Basic {basic}", "Content-Type": "message/rfc822"})
    record = {"id": f"{WORD}-4711", "email": [EMAIL], "traits": {"given_name": WORD}}
    ask(running, files.endpoint, json.dumps(record).encode(), {"Authorization": f"Bearer {files.secret}"})


def ask(running: Stack, path: str, body: bytes, headers: Mapping[str, str]) -> None:
    connection = HTTPConnection("127.0.0.1", running.port, timeout=30)
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status >= 300:
        raise StackError(f"{path} answered {answer.status}: {said[:300].decode(errors='replace')}")


# Erasing


@contextmanager
def going_on(running: Stack, site: Source, rate: float) -> Iterator[list[dict[str, Any]]]:
    """Eight lanes that send of them and of others, and one who merges, until the end of the block; what was sent."""
    over, sent = threading.Event(), list[dict[str, Any]]()
    some = [threading.Thread(target=send_on, args=(running, site, rate, over, sent)),
            threading.Thread(target=merge_on, args=(over,))]  # fmt: skip
    for one in some:
        one.start()
    try:
        yield sent
    finally:
        over.set()
        for one in some:
            one.join()


def send_on(running: Stack, site: Source, rate: float, over: threading.Event, sent: list[dict[str, Any]]) -> None:
    second = 0
    while not over.is_set():
        whom = (LOGIN if number % 2 else f"other-{number % OTHERS}" for number in range(int(rate)))
        events = [event_of(login, f"m-{second}-{number}", number) for number, login in enumerate(whom)]
        send(requests(events, site.write_key), running.port, LANES, rate)
        sent += [event for event in events if event["userId"] == LOGIN]
        second += 1


def merge_on(over: threading.Event) -> None:
    """Merge others with each other, a few a second."""
    number = 0
    try:
        while not over.wait(0.2):
            pair = [Customer.objects.filter(identifiers__value=f"other-{number + one}").first() for one in (0, 1)]
            number = (number + 2) % OTHERS
            with suppress(ThroughlineError, DatabaseError):
                if pair[0] and pair[1]:
                    merge(pair[0], pair[1], None)
    finally:
        connections.close_all()


def erase(running: Stack, say: Callable[[str], None]) -> float:
    """Erase them by the command; returns the seconds from the yes to the end, as the certificate has it."""
    whom = str(Customer.objects.filter(identifiers__value=LOGIN, identifiers__kind="login").get().public_id)
    people = ("--reason", f"{WORD} asked", "--asked-by", "olga", "--checked-by", "piet")
    done = running.manage("erase_customer", whom, *people, limit=ERASING_LIMIT)
    if done.returncode:
        raise StackError(f"erase_customer failed:\n{done.stderr[-2000:]}")
    certificate = json.loads(done.stdout)
    say(f"erased {certificate['total']:,} rows of {len(certificate['rows'])} tables")
    began, ended = (datetime.fromisoformat(certificate[name]) for name in ("checked_at", "finished_at"))
    return (ended - began).total_seconds()


# Looking


def hits_in_logs(running: Stack) -> int:
    """Lines and files of what the stack said in which the words stand."""
    while not running.lines.empty():
        running.said.append(running.lines.get())
    said = sum(any(word in line for word in TELL_TALES) for line in running.said)
    needles = [word.encode() for word in TELL_TALES]
    return said + sum(is_hit(running.data_dir / name, needles) for name in LOGS if (running.data_dir / name).exists())


def reappeared(running: Stack, site: Source, sent: Sequence[dict[str, Any]], say: Callable[[str], None]) -> int:
    """Have everything that was received recorded again, and send again what was sent of them, under the same keys and
    under new ones; returns how many rows they stand in then.
    """
    with running.connect() as own:
        own.execute(AGAIN)
    anew = [event | {"messageId": f"anew-{number}"} for number, event in enumerate(sent)]
    send(requests([*sent, *anew], site.write_key), running.port, LANES)
    time.sleep(1.0)  # until the first of it is claimed
    await_drained(running)
    return told(hits_in_database(TELL_TALES), say)


def after_restore(running: Stack, backup: Path, say: Callable[[str], None]) -> int:
    """Restore the backup from before, replay the ledger, and look once more."""
    with restored(running, backup) as url:
        came_back = looked_at(running, url)
        done = manage(
            running.data_dir, "replay_erasures", limit=ERASING_LIMIT, **running.chosen | {"DATABASE_URL": url}
        )
        if done.returncode:
            raise StackError(f"replay_erasures failed:\n{done.stderr[-2000:]}")
        say(f"restored, with {sum(came_back.values()):,} rows of them; {done.stdout.strip()}")
        return told(looked_at(running, url), say)


def looked_at(running: Stack, url: str) -> dict[str, int]:
    """The hits in another database of the same server."""
    database = connections["default"].settings_dict
    connections.close_all()
    database["NAME"] = url.rpartition("/")[2].partition("?")[0]
    try:
        return hits_in_database(TELL_TALES)
    finally:
        connections.close_all()
        database.update(database_of(running))
