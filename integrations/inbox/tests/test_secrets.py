"""Sources' secrets: sealed in the database, themselves at the doors."""

import hmac
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from crm.sources.models import SECRET_SETTINGS, Source
from integrations.inbox.tests.asking import ask
from integrations.sources import SOURCES

pytestmark = pytest.mark.django_db(transaction=True)


def kept() -> str:
    with connection.cursor() as sql:
        sql.execute("SELECT secret, settings::text FROM crm_source")
        return str(sql.fetchall())


def meta() -> Source:
    told = {"app_secret": "canary-app", "verify_token": "plain"}
    return Source.objects.create(name="social", adapter="meta", namespace="s", secret="canary-secret", settings=told)


def signed(source: Source, secret: str) -> int:
    body = b'{"object": "page", "entry": []}'
    signature = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    return ask(source.endpoint, body, headers={"x-hub-signature-256": signature}).status


def test_the_database_has_no_secret_in_the_clear_and_the_door_knows_it_all_the_same() -> None:
    source = meta()
    assert "canary" not in kept()
    assert kept().count("sealed:") == 2
    read = Source.objects.get(pk=source.pk)
    assert (read.secret, read.settings["app_secret"]) == ("canary-secret", "canary-app")
    assert signed(source, "canary-app") == 200
    assert signed(source, "canary-secret") == 403


def test_a_new_key_seals_them_anew_and_the_old_one_can_go(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["old-key-of-the-test-only-0123456789"]
    source = meta()
    settings.ENCRYPTION_KEYS = ["new-key-of-the-test-only-0123456789", *settings.ENCRYPTION_KEYS]
    call_command("rotate_secrets", stdout=StringIO())
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert Source.objects.get(pk=source.pk).settings["app_secret"] == "canary-app"
    assert signed(source, "canary-app") == 200


def test_every_setting_that_is_not_shown_again_is_sealed() -> None:
    secret = {setting.name for adapter in SOURCES.values() for setting in adapter.settings if setting.is_secret}
    assert secret
    assert secret <= set(SECRET_SETTINGS)
