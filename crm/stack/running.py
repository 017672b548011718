"""`manage.py up`: the whole running stack in the foreground."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from types import FrameType
from typing import NoReturn, cast

from django.conf import settings
from django.db import DatabaseError, connection, connections

from crm.stack import asking, beats, locks, owning, parts, preparing, sharing
from crm.stack.errors import StackError
from crm.stack.supervising import Supervisor

LOOK_EVERY = 0.3  # seconds between two looks at parts that do not answer yet
REMIND_EVERY = 15.0  # seconds after which it is said what is still waited for


class Stop(BaseException):
    """Somebody asked the stack to stop."""


def up(port: int, *, with_demo: bool) -> None:
    """Run every part until SIGINT, SIGTERM or SIGHUP. Raises StackError when it cannot."""
    address = f"http://127.0.0.1:{port}"
    with only_one(address):
        refuse_taken_port(port)
        supervisor = Supervisor(say)
        listen_for_signals()
        try:
            greeting = prepare(supervisor, with_demo=with_demo)
            run(supervisor, port, [*greeting, f"ready {address}"])
        except Stop:
            say("stopping")
        finally:
            ignore_signals()
            connections.close_all()
            supervisor.stop_all()


@contextmanager
def only_one(address: str) -> Iterator[None]:
    """Hold the data folder for this `up`. Raises StackError when another one does."""
    try:
        with locks.held(sharing.up_lock(settings.DATA_DIR), wait=False) as file:
            locks.write_note(file, address)
            yield
    except locks.Taken as taken:
        raise StackError(
            f"Throughline is already running on {settings.DATA_DIR}: {taken.note}\n"
            "Stop that one first (Ctrl-C), or set THROUGHLINE_DATA to another folder."
        ) from None


def refuse_taken_port(port: int) -> None:
    """Raise StackError when somebody listens on the port."""
    other = port + 1 if port < 65535 else 8000
    family = socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, port))
        except OSError as error:
            raise StackError(
                f"port {port} of {settings.BIND} cannot be had ({error.strerror}); choose another: "
                f"make demo PORT={other}, or manage.py up --port {other}"
            ) from error


def listen_for_signals() -> None:
    """Turn the signals that ask us to end into Stop."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stop)


def raise_stop(number: int, frame: FrameType | None) -> NoReturn:
    """A signal handler: ask once; what follows is not interrupted."""
    ignore_signals()
    raise Stop


def ignore_signals() -> None:
    """Let nothing interrupt the stopping of the parts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def prepare(supervisor: Supervisor, *, with_demo: bool) -> list[str]:
    """Have everything in place that the parts need; returns what to tell people once those answer."""
    if not settings.DATABASE_URL:
        sharing.take_over(settings.DATA_DIR, lambda: start_database(supervisor), say)
    with owning.as_owner():
        preparing.await_database()
        preparing.install_queue()
        preparing.migrate()
    preparing.erase_again()
    preparing.collect_static()
    greeting = prepare_demo(supervisor) if with_demo else []
    connections.close_all()
    return greeting


def start_database(supervisor: Supervisor) -> None:
    """Start the embedded PostgreSQL, and return when it answers."""
    supervisor.start(parts.database(settings.DATA_DIR))
    with owning.as_owner():
        preparing.await_database()


def prepare_demo(supervisor: Supervisor) -> list[str]:
    """Have a login per role, and demonstration data where there is none, loaded by a process that ends with us."""
    password = preparing.ensure_logins()
    code = supervisor.run(parts.command("demo", "demo", "--if-empty"))
    if code:
        raise StackError(f"the demonstration data could not be loaded (exit {code}); the lines above say why")
    return [f"sign in as {role:<8}  password {password}" for role in preparing.ROLES_WITH_LOGINS]


def run(supervisor: Supervisor, port: int, greeting: list[str]) -> None:
    """Start the parts, say so when all of them answer, and keep them running."""
    started_at = database_time()
    for part in (parts.web(port), parts.worker(), parts.sweep(), parts.beat()):
        supervisor.start(part)
    await_parts(supervisor, port, started_at)
    for line in greeting:
        say(line)
    while True:
        supervisor.rest(1.0)


def database_time() -> datetime:
    """The time by the database's clock, which heartbeats are written by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return cast(datetime, now)


def await_parts(supervisor: Supervisor, port: int, started_at: datetime) -> None:
    """Return once every part answers; say now and then which do not."""
    asker = asking.Asker()
    looks = 0
    while missing := silent_parts(port, started_at):
        asker.ask()
        looks += 1
        if looks % round(REMIND_EVERY / LOOK_EVERY) == 0:
            say("still waiting for: " + ", ".join(sorted(missing)))
        supervisor.rest(LOOK_EVERY)


def silent_parts(port: int, started_at: datetime) -> set[str]:
    """The parts that have not answered since they were started."""
    try:
        silent = set(beats.PARTS) - beats.beating_since(started_at)
    except DatabaseError:
        silent = {"database", *beats.PARTS}
    finally:
        connections.close_all()
    return silent if is_web_ready(port) else silent | {"web"}


def is_web_ready(port: int) -> bool:
    """Whether the web part says that it can do its work."""
    host = "127.0.0.1" if settings.BIND in ("0.0.0.0", "::") else settings.BIND  # noqa: S104 (compared, not bound)
    web = HTTPConnection(host, port, timeout=5)
    try:
        web.request("GET", "/readyz", headers={"Host": known_host()})
        return web.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        web.close()


def known_host() -> str:
    """A host name that this installation answers to."""
    name = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "localhost"
    return "localhost" if name == "*" else name.lstrip(".")


def say(line: str) -> None:
    """Tell whoever watches the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
