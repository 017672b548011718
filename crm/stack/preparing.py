"""What has to be in place before the parts start: the schema, the embedded broker's queue, the static files, logins."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import structlog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError
from pgmq.install import install_pgmq_from_sql

from crm.privacy.erasing.replaying import replay
from crm.privacy.models import Role
from crm.privacy.roles import HAS_SCREENS
from crm.sql import conninfo
from crm.stack.errors import StackError

log = structlog.get_logger(__name__)

ROLES_WITH_LOGINS = [role for role in Role.values if role in HAS_SCREENS]
DATABASE_PATIENCE = 10.0  # seconds that a database of somebody else's is given to answer


def await_database() -> None:
    """Return once the database answers. Raises StackError when it does not."""
    deadline = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise StackError(f"no database answers; check DATABASE_URL: {error}") from error
            time.sleep(0.5)
        else:
            return


def migrate() -> None:
    """Bring the schema up to date."""
    call_command("migrate", interactive=False, verbosity=0)


def install_queue() -> None:
    """Install the embedded broker's SQL, once."""
    if not settings.CELERY_BROKER_URL.startswith("pgmq"):
        return
    with psycopg.connect(conninfo()) as own:
        row = own.execute("SELECT to_regclass('pgmq.meta') IS NULL").fetchone()
        own.rollback()
        if row and row[0]:
            install_pgmq_from_sql(conn=own)


def erase_again() -> None:
    """Erase whoever came back with a restored backup."""
    if found := replay():
        log.warning("erasing.came_back", identifiers=found)


def collect_static() -> None:
    """Gather the static files where the web part serves them from, unless none has changed since the last time."""
    stamp = settings.DATA_DIR / "static.stamp"
    fingerprint = static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint and settings.STATIC_ROOT.exists():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """What changes when any static file does."""
    digest = hashlib.sha256()
    for path in sorted(static_files()):
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_files() -> Iterator[Path]:
    """Every static file of ours and of the installed packages."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def ensure_logins() -> str:
    """Have one login per role, named as the role; returns their password, which this installation keeps in a file."""
    path = settings.DATA_DIR / "demo_password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    password = path.read_text()
    for role in ROLES_WITH_LOGINS:
        ensure_login(role, password)
    return password


def ensure_login(role: str, password: str) -> None:
    """Have a login with this role; one that exists keeps its password."""
    group, _ = Group.objects.get_or_create(name=role)
    user = User.objects.filter(username=role).first()
    if user is None:
        is_admin = role == Role.ADMIN
        user = User.objects.create(
            username=role, email=f"{role}@example.com", password=make_password(password), is_staff=is_admin,
            is_superuser=is_admin,
        )  # fmt: skip
    user.groups.add(group)
