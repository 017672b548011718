"""Who acts: somebody who is signed in, a program that shows a key, or nobody."""

from django.contrib.auth.models import AnonymousUser, User

from crm.privacy.models import ApiKey


class Program:
    """Who a request comes from when it shows an API key instead of a session."""

    is_authenticated = True
    is_active = True
    is_superuser = False
    pk = None

    def __init__(self, key: ApiKey) -> None:
        self.key = key

    def __str__(self) -> str:
        return self.key.name


Actor = User | AnonymousUser | Program | None  # None: a call to the API without a key
