"""What every test runs on: one embedded PostgreSQL in a throw-away folder, and the running stack for those who ask."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

IS_MAIN_PROCESS = "PYTEST_XDIST_WORKER" not in os.environ
if IS_MAIN_PROCESS:  # before Django reads its settings; xdist's workers inherit it
    os.environ["THROUGHLINE_DATA"] = tempfile.mkdtemp(prefix="throughline-test-")
    os.environ["THROUGHLINE_CALL_PATIENCE"] = "5"  # a slow machine is no finding
    os.environ["THROUGHLINE_REQUIRE_MFA"] = "0"  # its own tests ask for it
os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"

from django.conf import settings
from hypothesis import settings as hypothesis

from crm.privacy.erasing import settling
from crm.stack import embedded, server
from crm.stack.tests.ready_made import ready_made_dir
from crm.stack.tests.stacks import new_data_dir
from crm.stack.throwaway import Stack, running_stack
from crm.tests import emptying

THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
TEST_SETTINGS = {
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "CELERY_BROKER_URL": "memory://",
    "CELERY_BROKER_TRANSPORT_OPTIONS": {},
}
# A slow machine is no finding; and what passes once, passes again: new examples are for those who ask for them.
hypothesis.register_profile("new-examples", deadline=None)
hypothesis.register_profile("same-examples", deadline=None, derandomize=True)
hypothesis.load_profile("same-examples")
for name, value in TEST_SETTINGS.items():
    setattr(settings, name, value)
if settings.OWNER_DATABASE:  # who makes the tests' databases, and their tables
    settings.DATABASES["default"].update(settings.OWNER_DATABASE)
emptying.install()
settling.GRACE = 0.0  # nobody reads now and writes a second later
settings.STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns about a folder that is not there


class Server:
    """The tests' PostgreSQL, started by the main process at the first need of it and stopped by the same."""

    process: "subprocess.Popen[bytes] | None" = None

    def ensure(self) -> None:
        if not settings.DATABASE_URL and not embedded.is_answering(settings.DATA_DIR):
            self.process = server.start(settings.DATA_DIR, THROW_AWAY)

    def stop(self) -> None:
        if self.process:
            server.stop(settings.DATA_DIR)
            self.process.wait()


SERVER = Server()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Under xdist the main process starts the server, before its workers need it."""
    if IS_MAIN_PROCESS and getattr(session.config.option, "tx", None):
        SERVER.ensure()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running and nothing behind."""
    if IS_MAIN_PROCESS:
        SERVER.stop()
        shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests that use the running stack share one of it (`--dist loadgroup`)."""
    for item in items:
        if "live_stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("live_stack"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Have the server answer before the first test database is made; each xdist worker makes its own."""
    SERVER.ensure()


@pytest.fixture
def data_dir() -> Path:
    """An empty folder for an installation of the test's own."""
    return new_data_dir()


@pytest.fixture(scope="session")
def live_stack() -> Iterator[Stack]:
    """A real `manage.py up` on a free port, with a data folder of its own: `.url`, `.data_dir`, `.manage(...)`."""
    with running_stack(ready_made_dir()) as stack:
        yield stack
