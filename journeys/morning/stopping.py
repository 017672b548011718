"""The link at the end of a weekly mail by which its reader gets no more of them (RFC 2369, RFC 8058).

It is signed, holds the number of a login, and proves nothing else.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from journeys.morning.models import WeeklyMail

SALT = "journeys.morning.stopping"


def link_of(user: int) -> str:
    return address(reverse("unsubscribe-weekly-mail", args=[signing.dumps(user, salt=SALT)]))


def address(path: str) -> str:
    """A page of ours, as it stands in a mail."""
    return f"{settings.PUBLIC_URL or 'http://localhost:8000'}{path}"


def headers_of(link: str) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def meant(token: str) -> int | None:
    """The login (its number) of a link; None where it is none of ours."""
    try:
        user = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return user if isinstance(user, int) else None


def stop(user: int) -> None:
    """No more mails: neither weekly ones nor what waits."""
    WeeklyMail.objects.filter(user=user).update(is_on=False)
