"""Guessing passwords: after a few wrong ones one has to wait, whatever else is down."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.signing_in.tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def guess(name: str, times: int, client: Client | None = None) -> list[int]:
    """Wrong passwords, and how each was answered."""
    return [sign_in(client or Client(), name, f"guess {n}").status_code for n in range(times)]


def test_after_five_wrong_ones_not_even_the_right_one_lets_in_for_a_while() -> None:
    person("agent")
    person("lead")
    assert guess("agent", 6) == [200, 200, 200, 200, 429, 429]
    page = sign_in(Client(), "agent")
    assert page.status_code == 429
    assert page["Retry-After"] == "900"
    assert "Try again in 15 minutes" in page.content.decode()
    assert "an admin lets you try again" in page.content.decode()
    assert sign_in(Client(), "lead").status_code == 302  # from the same address
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(Client(), "agent").status_code == 302


def test_trying_on_does_not_make_it_longer() -> None:
    person("agent")
    guess("agent", 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    guess("agent", 3)
    assert AccessAttempt.objects.get().failures_since_start == 5
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(Client(), "agent").status_code == 302


def test_whoever_is_right_in_between_is_forgiven() -> None:
    person("agent")
    assert guess("agent", 4)[-1] == 200
    assert sign_in(Client(), "agent").status_code == 302
    assert guess("agent", 4)[-1] == 200


def test_an_address_that_tries_many_names_has_to_wait_too() -> None:
    person("agent")
    for n in range(50):
        guess(f"name {n}", 1)
    assert sign_in(Client(), "agent").status_code == 429
    assert sign_in(Client(REMOTE_ADDR="198.51.100.7"), "agent").status_code == 302


def test_what_is_typed_for_a_name_is_kept_nowhere_and_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    person("agent")
    caplog.set_level("DEBUG")
    browser = Client(REMOTE_ADDR="198.51.100.7")
    browser.post("/sign-in/?next=/customers/?q=canary-next", {"username": "canary-name", "password": "canary-word"})
    guess("agent", 6, browser)
    assert "canary" not in str(list(AccessAttempt.objects.values()))
    told = "\n".join(f"{line.name} {line.getMessage()}" for line in caplog.records if not line.name.startswith("axes"))
    assert "198.51.100.7" not in told
    assert "canary" not in told.replace("canary-next", "")


def test_refusals_are_noted_with_whether_one_has_to_wait() -> None:
    person("agent")
    guess("agent", 6)
    said = list(AuditEntry.objects.filter(act=Act.REFUSED).order_by("pk").values_list("actor", "subject"))
    assert said == [("agent", "")] * 4 + [("agent", "has to wait, after too many wrong tries")] * 2


def test_it_holds_when_the_cache_is_down(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                                   "LOCATION": "redis://127.0.0.1:1/0"}}  # fmt: skip
    person("agent")
    assert guess("agent", 6) == [200, 200, 200, 200, 429, 429]
    AccessAttempt.objects.all().delete()
    assert sign_in(Client(), "agent").status_code == 302


def test_an_admin_lets_somebody_try_again_at_once() -> None:
    agent = person("agent")
    guess("agent", 5)
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    root.post("/admin/auth/user/", {"action": "let_try_again", "_selected_action": [agent.pk]})
    assert sign_in(Client(), "agent").status_code == 302


@pytest.mark.parametrize(("behind", "counted"), [(False, "127.0.0.1"), (True, "203.0.113.9")])
def test_behind_a_proxy_it_is_believed_and_nobody_else(settings: Any, behind: bool, counted: str) -> None:
    settings.IS_BEHIND_PROXY = behind
    person("agent")
    guess("agent", 1, Client(headers={"x-forwarded-for": "198.51.100.1, 203.0.113.9"}))
    assert AccessAttempt.objects.get().ip_address == counted
