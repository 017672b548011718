"""/admin: dressed as our own pages, closed to all but staff, and without counts or secrets."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.identity.models import Customer, Identifier
from crm.privacy.access import roles_of
from crm.privacy.admin_site import BoundedPaginator
from crm.privacy.models import ApiKey
from crm.sources.models import Source

pytestmark = pytest.mark.django_db
LISTS = ("crm/identifier", "crm/link", "crm/source", "crm/apikey", "auth/user")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def identifier(value: str) -> Identifier:
    born = Customer.objects.create()
    return Identifier.objects.create(kind="email", value=value, customer=born, origin=born)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_and_leads_back_to_the_customers(admin: Client, name: str) -> None:
    html = admin.get(f"/admin/{name}/").content.decode()
    assert "Throughline" in html
    assert 'href="/customers/"' in html


def test_signing_in_and_out_is_where_it_is_everywhere_else(admin: Client, client: Client) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0].startswith("/sign-in/?next=")
    assert admin.post("/admin/logout/")["Location"] == "/sign-in/"


def test_those_who_are_not_staff_are_kept_out(client: Client) -> None:
    client.force_login(User.objects.create_user("agent"))
    for page in ("/admin/", "/admin/crm/identifier/"):
        refused = client.get(page, follow=True)
        assert refused.status_code == 403
        assert "The admin is for staff" in refused.content.decode()


def test_only_the_admin_has_a_relaxed_policy(admin: Client) -> None:
    relaxed = admin.get("/admin/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in relaxed
    assert "default-src 'none'" in relaxed
    assert "unsafe" not in admin.get("/customers/")["Content-Security-Policy"]


def test_a_large_table_is_never_counted_past_its_first_pages(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedPaginator, "MOST", 3)
    for n in range(5):
        identifier(f"{n}@example.com")
    with CaptureQueriesContext(connection) as queries:
        html = admin.get("/admin/crm/identifier/").content.decode()
    assert re.search(r"\b3\s+identifiers", html)
    assert not [query for query in queries if "COUNT(" in query["sql"]]


def test_identifiers_are_there_to_look_at_and_not_to_change(admin: Client) -> None:
    one = identifier("anna@example.com")
    html = admin.get(f"/admin/crm/identifier/{one.pk}/change/").content.decode()
    assert "anna@example.com" in html
    assert admin.post(f"/admin/crm/identifier/{one.pk}/change/", {"value": "x"}).status_code == 403
    assert admin.post(f"/admin/crm/identifier/{one.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get("/admin/crm/identifier/add/").status_code == 403
    found = admin.get("/admin/crm/identifier/?q=anna@example.com").content.decode()
    assert re.search(r"\b1\s+identifier\b", found)


def test_an_empty_list_says_what_it_is_for_and_a_search_without_a_result_how_to_search(admin: Client) -> None:
    assert "add_api_key" in admin.get("/admin/crm/apikey/").content.decode()
    assert "No API keys yet" in admin.get("/admin/crm/apikey/").content.decode()
    found = admin.get("/admin/crm/identifier/?q=zebra").content.decode()
    assert "Nothing was found for “zebra”" in found
    assert "The whole value" in found


def test_an_admin_gives_somebody_a_login_and_a_role(admin: Client) -> None:
    assert admin.get("/admin/auth/user/add/").status_code == 200
    role = Group.objects.get_or_create(name="agent")[0]
    told = {"username": "anna", "password1": "Sea-view-2026", "password2": "Sea-view-2026", "groups": [role.pk]}
    made = admin.post("/admin/auth/user/add/", {**told, "usable_password": "true"})
    anna = User.objects.get(username="anna")
    assert made["Location"] == f"/admin/auth/user/{anna.pk}/change/"
    assert roles_of(anna) == {"agent"}
    assert admin.get(f"/admin/auth/user/{anna.pk}/password/").status_code == 200


def test_an_admin_revokes_keys_and_takes_it_back(admin: Client) -> None:
    key, text = ApiKey.issue("reports", "agent")
    program = Client(headers={"authorization": f"Bearer {text}"})
    page = f"/admin/crm/apikey/{key.pk}/change/"
    for told, status in (({"is_revoked": "on"}, 401), ({}, 200)):
        assert admin.post(page, told).status_code == 302
        assert program.get("/api/v1/customers/").status_code == status
    chosen = {"action": "revoke_chosen", "_selected_action": [key.pk]}
    assert admin.post("/admin/crm/apikey/", chosen).status_code == 302
    assert program.get("/api/v1/customers/").status_code == 401


def test_a_key_is_revoked_only_by_those_who_may(client: Client) -> None:
    key, _ = ApiKey.issue("reports", "agent")
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(looker)
    page = f"/admin/crm/apikey/{key.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"is_revoked": "on"}).status_code == 403
    client.post("/admin/crm/apikey/", {"action": "revoke_chosen", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is None


def test_no_secret_and_no_hash_stands_on_a_page(admin: Client) -> None:
    source = Source.objects.create(name="shop", adapter="segment", namespace="shop")
    key, text = ApiKey.issue("reports", "agent")
    pages = [f"/admin/crm/source/{source.pk}/change/", f"/admin/crm/apikey/{key.pk}/change/", "/admin/crm/apikey/"]
    for page in pages:
        html = admin.get(page).content.decode()
        for secret in (source.secret, source.write_key, key.hashed, text):
            assert secret not in html
