"""A person who is signed in, and asks for pages over loopback."""

from http.client import HTTPConnection

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore

from crm.privacy.models import Role

BACKEND = "crm.privacy.signing_in.users.Users"


class Unexpected(Exception):
    """A page that did not answer 200."""


def sign_in(role: Role = Role.AGENT) -> tuple[User, str]:
    """A new login of a role, and the cookie that its browser holds. The web part must have the same SECRET_KEY."""
    agent = User.objects.create(username="benchmark")
    agent.groups.add(Group.objects.get_or_create(name=role)[0])
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(agent.pk), BACKEND
    session[HASH_SESSION_KEY] = agent.get_session_auth_hash()
    session.save()
    return agent, f"sessionid={session.session_key}"


class Browser:
    """One keep-alive connection to the web part."""

    def __init__(self, port: int, cookie: str) -> None:
        self.http = HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": cookie}

    def get(self, path: str) -> bytes:
        """The whole page. Raises Unexpected."""
        self.http.request("GET", path, headers=self.headers)
        answer = self.http.getresponse()
        page = answer.read()
        if answer.status != 200:
            raise Unexpected(f"{path} answered {answer.status}: {page[:300]!r}")
        return page
