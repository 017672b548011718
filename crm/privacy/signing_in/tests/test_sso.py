"""The company's own sign-in, against a small live OpenID Connect server."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client

from crm.privacy.access import roles_of
from crm.privacy.audit.models import AuditEntry
from crm.privacy.signing_in.tests.people import person

pytestmark = pytest.mark.django_db
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLAIMS = {"sub": "u-1", "preferred_username": "priya", "name": "Priya Shah", "email": "priya@company.example"}


class Company(ThreadingHTTPServer):
    """An OpenID Connect server: whoever comes is `claims`; amr: what its tokens say was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.claims: dict[str, Any] = dict(CLAIMS)
        self.amr = ["pwd"]
        self.issuer = self.url
        self.asked: dict[str, str] = {}

    def answer(self, path: str, sent: dict[str, str]) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            at = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "userinfo")}
            return at | {"issuer": self.url, "jwks_uri": f"{self.url}/keys",
                         "token_endpoint_auth_methods_supported": ["client_secret_post"]}  # fmt: skip
        if path == "/token":
            self.asked = sent
            return {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": self.token()}
        if path == "/keys":
            return {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1"}]}
        return self.claims

    def token(self) -> str:
        now = int(time.time())
        told = self.claims | {"iss": self.issuer, "aud": "throughline", "iat": now, "exp": now + 60, "amr": self.amr}
        return jwt.encode(told, KEY, "RS256", headers={"kid": "k1"})


class Answers(BaseHTTPRequestHandler):
    server: Company

    def do_GET(self) -> None:
        self.say({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.say({name: values[0] for name, values in parse_qs(body).items()})

    def say(self, sent: dict[str, str]) -> None:
        body = json.dumps(self.server.answer(urlsplit(self.path).path, sent)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def company(settings: Any) -> Iterator[Company]:
    server = Company()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OIDC_URL, settings.OIDC_NAME = server.url, "Blue Lagoon"
    app = {"provider_id": "sso", "name": "Blue Lagoon", "client_id": "throughline", "secret": "s3cret",
           "settings": {"server_url": server.url}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield server
    server.shutdown()
    server.server_close()


def come(client: Client, **changed: str) -> Any:
    """Sign in as the company's server says; `changed`: of what it sends the browser back with."""
    left = client.post("/sign-in/with/sso/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left["Location"]).query).items()}
    return client.get("/sign-in/with/sso/back/", {"code": "c-1", "state": asked["state"]} | changed)


def test_who_comes_by_it_has_a_login_and_no_role_until_an_admin_gives_one(company: Company, client: Client) -> None:
    assert "With Blue Lagoon" in client.get("/sign-in/").content.decode()
    assert come(client)["Location"] == "/"
    priya = User.objects.get()
    assert (priya.username, priya.first_name, priya.is_staff) == ("priya", "Priya", False)
    assert not priya.has_usable_password()
    assert roles_of(priya) == frozenset()
    assert client.get("/customers/").status_code == 403
    assert company.asked["client_secret"] == "s3cret"
    assert company.asked["code_verifier"]
    come(Client())
    assert User.objects.count() == 1


def test_claims_give_roles_and_take_them_away(company: Company, client: Client, settings: Any) -> None:
    settings.OIDC_ROLES = {"cc-agents": "agent", "cc-leads": "lead", "cc-robots": "integration"}
    company.claims["groups"] = ["cc-agents", "cc-robots", "others"]
    come(client)
    assert roles_of(User.objects.get()) == {"agent"}
    assert client.get("/customers/").status_code == 200
    company.claims["groups"] = "cc-leads"
    come(Client())
    assert roles_of(User.objects.get()) == {"lead"}
    del company.claims["groups"]
    come(Client())
    assert roles_of(User.objects.get()) == frozenset()
    assert AuditEntry.objects.filter(subject="Roles by the company’s sign-in: lead").exists()


def test_nobody_becomes_somebody_who_is_there_already(company: Company, client: Client) -> None:
    """By the same name or e-mail address: both are what the other side says."""
    there = person("admin", "priya")
    User.objects.filter(pk=there.pk).update(email=CLAIMS["email"])
    come(client)
    made = User.objects.exclude(pk=there.pk).get()
    assert made.username != "priya"
    assert roles_of(made) == frozenset()


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_second_factor_that_was_asked_for_there_is_good_here(
    company: Company, client: Client, settings: Any, is_asked: bool
) -> None:
    settings.REQUIRE_MFA, settings.OIDC_ROLES = True, {"admins": "admin"}
    company.claims["groups"], company.amr = ["admins"], ["pwd", "mfa"] if is_asked else ["pwd"]
    come(client)
    page = client.get("/sources/")
    assert page.status_code == (200 if is_asked else 302)
    client.post("/sign-out/")
    person("privacy")
    client.post("/sign-in/", {"username": "privacy", "password": "a long pass phrase"})
    assert client.get("/customers/")["Location"] == "/account/"


def test_what_was_not_asked_for_is_not_taken(company: Company, client: Client) -> None:
    assert come(client, state="somebody else's")["Location"] == "/sign-in/"
    assert come(client, error="access_denied")["Location"].startswith("/sign-in/")
    company.issuer = "https://evil.example"
    assert come(client)["Location"] == "/sign-in/"
    assert not User.objects.exists()
    assert "did not work" in client.get("/sign-in/").content.decode()


def test_a_server_that_does_not_answer_is_no_error_of_ours(client: Client, company: Company) -> None:
    company.shutdown()
    company.server_close()
    assert client.post("/sign-in/with/sso/")["Location"] == "/sign-in/"
    threading.Thread(target=company.serve_forever, daemon=True)


def test_a_login_is_never_tied_to_one_of_theirs_and_going_there_takes_a_button(
    company: Company, client: Client
) -> None:
    person("agent")
    client.post("/sign-in/", {"username": "agent", "password": "a long pass phrase"})
    assert client.post("/sign-in/with/sso/?process=connect")["Location"] == "/sign-in/"
    assert client.post("/sign-in/with/sso/", {"process": "connect"})["Location"] == "/sign-in/"
    assert client.get("/sign-in/with/sso/")["Location"] == "/sign-in/"


def test_who_was_switched_off_stays_out(company: Company, client: Client) -> None:
    come(client)
    User.objects.update(is_active=False)
    assert client.get("/customers/")["Location"].startswith("/sign-in/")
    assert come(Client())["Location"] == "/sign-in/switched-off/"


def test_without_the_settings_there_is_no_such_sign_in(client: Client) -> None:
    assert client.post("/sign-in/with/sso/")["Location"] == "/sign-in/"
    assert client.get("/sign-in/with/sso/back/")["Location"] == "/sign-in/"
