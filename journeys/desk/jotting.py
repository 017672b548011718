"""What an agent is writing, kept as they write.

On the server and not in the browser: it survives a reload and the move to another desk, and nothing about a customer is
left in a browser that somebody else uses tomorrow.
"""

from typing import Any

from django.contrib.auth.models import User

from journeys.desk.models import Jotting

FIELDS = frozenset("note is_delicate task due owner promise until case order reason outcome value currency".split())
LONGEST = 5_000


def jot(user: User, about: str, said: dict[str, Any]) -> bool:
    """Keep what is being written; returns whether anything is. What is empty is forgotten."""
    content = {name: str(value)[:LONGEST].replace("\0", "") for name, value in said.items() if name in FIELDS and value}
    if not set(content) - {"currency"}:
        forget(user, about)
        return False
    Jotting.objects.update_or_create(user=user, about=about, defaults={"content": content})
    return True


def jotted(user: User, about: str) -> dict[str, Any]:
    """What was being written."""
    found = Jotting.objects.filter(user=user, about=about).values_list("content", flat=True).first()
    return dict(found or {})


def forget(user: User, about: str) -> None:
    Jotting.objects.filter(user=user, about=about).delete()
