"""People with logins, and what they do to sign in."""

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group, User
from django.test import Client

PASSWORD = "a long pass phrase"


def person(role: str, name: str = "") -> User:
    """Somebody with a role and a password."""
    made = User.objects.create_user(name or role, password=PASSWORD)
    made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def sign_in(client: Client, name: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"username": name, "password": password} | more)


def code(secret: str, steps: int = 0) -> str:
    """What an app shows now, or so many half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def set_up_app(client: Client) -> tuple[str, list[str]]:
    """Set up an app as the page says; returns its secret and the recovery codes that are shown."""
    page = client.get("/account/app/").content.decode()
    found = re.search(r'<code class="breaks">(\w+)</code>', page)
    assert found, page
    shown = client.post("/account/app/", {"code": code(found[1])}, follow=True).content.decode()
    return found[1], re.findall(r"<code>(\d{8}|\w{4,}-?\w{4,})</code>", shown)
