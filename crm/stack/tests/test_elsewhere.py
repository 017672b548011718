"""DATABASE_URL and CELERY_BROKER_URL put other servers in the place of the embedded ones."""

import socket
from pathlib import Path

import psycopg
import pytest
import redis

from crm.stack.tests.elsewhere import postgresql_15, redis_server
from crm.stack.tests.stacks import readiness
from crm.stack.throwaway import Stack, manage, running_stack

pytestmark = pytest.mark.xdist_group("elsewhere")


def test_it_runs_on_postgresql_15_and_redis_and_on_nothing_embedded(data_dir: Path) -> None:
    with (
        postgresql_15() as database,
        redis_server(data_dir) as broker,
        running_stack(data_dir / "data", DATABASE_URL=database.url, CELERY_BROKER_URL=broker) as stack,
    ):
        assert readiness(stack)["heartbeats"]["worker"] < 60  # a task went through Redis to a worker
        assert stack.ask("SELECT current_setting('server_version') LIKE '15.%%', to_regclass('pgmq.meta')") == [
            (True, None)
        ]
        with redis.Redis.from_url(broker) as client:
            assert client.exists("_kombu.binding.throughline")
        assert stack.manage("migrate", "--check").returncode == 0
        assert not (stack.data_dir / "postgres").exists()


def test_the_embedded_broker_lives_in_somebody_elses_postgresql_too_and_all_connect_as_its_url_says(
    data_dir: Path,
) -> None:
    options = "application_name=as%20told&options=-c%20jit%3Doff"
    with postgresql_15() as database:
        make_roles(database.url)
        own, theirs = (f"{database.url_of(role)}?{options}" for role in ("keeper", "teller"))
        with running_stack(data_dir, DATABASE_URL=theirs, DATABASE_OWNER_URL=own) as stack:
            is_as_told(stack)
            warned = stack.manage("check", "--deploy").stderr
            assert "throughline.W001" not in warned
            assert "throughline.W002" not in warned
        alone = manage(data_dir, "check", "--deploy", DATABASE_URL=database.url_of("postgres"))
        assert "throughline.W001" in alone.stderr


def make_roles(url: str) -> None:
    """An owner of the tables who is no superuser, and the application's role."""
    with psycopg.connect(url, autocommit=True) as root:
        root.execute("CREATE ROLE keeper LOGIN")
        root.execute("CREATE ROLE teller LOGIN")
        root.execute("GRANT teller TO keeper")
        root.execute("CREATE DATABASE throughline OWNER keeper")


def is_as_told(stack: Stack) -> None:
    assert stack.ask("SELECT current_user::text, has_table_privilege('crm_auditentry', 'DELETE')") == [
        ("teller", False)
    ]
    assert readiness(stack)["heartbeats"]["worker"] < 60
    assert stack.ask("SELECT queue_name FROM pgmq.meta") == [("throughline",)]
    assert stack.ask("SHOW jit") == [("off",)]
    names = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE backend_type = 'client backend'"
    assert stack.ask(names) == [("as told",)]


def test_a_database_that_does_not_answer_is_said_with_the_remedy(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    refused = manage(data_dir, "up", "--port", "8999", DATABASE_URL=f"postgres://nobody@127.0.0.1:{port}/none")
    assert refused.returncode == 1
    assert "no database answers; check DATABASE_URL" in refused.stderr


def test_asking_the_worker_never_waits_for_a_frozen_broker(data_dir: Path) -> None:
    script = """
import time
from crm.stack.asking import Asker
asker = Asker(pause=0)
begin = time.monotonic()
asker.ask()
first = asker.thread
asker.ask()
print(time.monotonic() - begin < 0.5, asker.thread is first)
"""
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # it takes connections, and says nothing
        broker = f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"
        asked = manage(data_dir, "shell", "--no-imports", "--command", script, CELERY_BROKER_URL=broker)
    assert asked.stdout == "True True\n", asked.stderr
