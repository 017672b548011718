"""What a production deployment is like: nothing that Django warns of, and the headers that browsers go by."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "THROUGHLINE_SECRET_KEY": "of-the-deploy-checks-only-f3Jw8qPz2LkXv7RbT0sNyHc5GdMa1UeQ9",
    "THROUGHLINE_PUBLIC_URL": "https://throughline.example",
    "THROUGHLINE_HOSTS": "throughline.example",
    "THROUGHLINE_EMAIL_URL": "smtp://mail.throughline.example",
}
ANSWER = """
import django; django.setup()
from django.test import Client
answer = Client(headers={"host": "throughline.example"}).get("/healthz", secure=True)
print(*(f"{name}: {value}" for name, value in answer.headers.items()), sep="\\n")
print("plain:", Client(headers={"host": "throughline.example"}).get("/customers/")["Location"])
from django.conf import settings as s
print("cookies:", s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_SAMESITE)
print("names:", s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_HTTPONLY)
"""
SHARED = """
import django; django.setup()
from crm.asgi import share_connections
share_connections()
from django.db import connection
with connection.cursor() as sql:
    sql.execute("SHOW statement_timeout"); print(sql.fetchone()[0])
connection.close_pool()
"""


def ran(*command: str, **more: str) -> str:
    """What a command says, in production's environment."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command], cwd=settings.BASE_DIR, env={**os.environ, **PRODUCTION, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_django_warns_of_nothing() -> None:
    assert "no issues" in ran("manage.py", "check", "--deploy", "--fail-level", "WARNING")


def test_every_answer_has_the_headers_that_browsers_go_by() -> None:
    told = ran("-c", ANSWER).splitlines()
    said = dict(line.split(": ", 1) for line in told)
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["X-Frame-Options"] == "DENY"
    assert said["Referrer-Policy"] == "same-origin"
    assert said["Cross-Origin-Opener-Policy"] == "same-origin"
    assert said["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in said["Permissions-Policy"]
    assert said["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    policy = said["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert said["plain"] == "https://throughline.example/customers/"
    assert said["cookies"] == "True True True Lax"
    assert said["names"] == "__Host-session __Host-csrf True"


@pytest.mark.django_db
def test_no_statement_of_a_page_runs_for_ever() -> None:
    assert ran("-c", SHARED).strip() == "30s"
    assert ran("-c", SHARED, THROUGHLINE_STATEMENT_SECONDS="0").strip() == "0"
