"""Secrets at rest: what is kept opens with the installation's keys alone, and is sealed anew with a new one."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from crm.errors import Unopened
from crm.privacy.sealing import seal, unseal

OLD, NEW = "old-key-of-the-test-only-0123456789", "new-key-of-the-test-only-0123456789"


def test_what_is_sealed_says_nothing_and_opens_with_its_key_alone(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    kept = seal("s3cret")
    assert "s3cret" not in kept
    assert seal("s3cret") != kept
    assert unseal(kept) == "s3cret"
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert unseal(kept) == "s3cret"
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Unopened, match="THROUGHLINE_ENCRYPTION_KEYS"):
        unseal(kept)


def test_what_an_earlier_version_kept_is_read_as_it_is() -> None:
    assert unseal("plain") == "plain"
    assert seal("") == unseal("") == ""


@pytest.mark.django_db
def test_a_new_key_seals_everything_anew_and_the_old_one_can_go(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    user = User.objects.create_user("ada")
    made = Authenticator.objects.create(user=user, type="totp", data={"secret": seal("JBSWY3DP"), "other": 1})
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="another key"):
        call_command("rotate_secrets", stdout=StringIO())
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    said = StringIO()
    call_command("rotate_secrets", stdout=said)
    assert said.getvalue().startswith("1 sealed")
    settings.ENCRYPTION_KEYS = [NEW]
    made.refresh_from_db()
    assert unseal(made.data["secret"]) == "JBSWY3DP"
