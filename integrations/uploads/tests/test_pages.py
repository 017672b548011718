"""The pages of uploads, as admins use them; and the API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.privacy.models import ApiKey
from crm.privacy.rotating import rotate
from crm.privacy.tests.signing import signed_in
from integrations.uploads.models import Destination, Upload
from integrations.uploads.tests.factories import META, buyer, destination, sale, turn
from integrations.uploads.tests.platforms import Platforms, listening

pytestmark = pytest.mark.django_db
FORM = {"name": "Meta UK", "purpose": "marketing", "which": "all", "since": "2026-11-01", "action_sale": "Purchase",
        **{f"account_{name}": value for name, value in META.items()}}  # fmt: skip


@pytest.fixture
def platforms(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as address:
        yield address


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def shown(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_destination_is_made_and_its_secrets_are_never_shown(admin: Client) -> None:
    assert "No ad platform is told yet" in shown(admin, "/uploads/")
    assert "Google Ads" in shown(admin, "/uploads/0/change/")
    page = admin.post("/uploads/0/change/?vendor=meta", FORM, follow=True).content.decode()
    assert "Nothing was told yet" in page
    made = Destination.objects.get()
    assert (made.settings["access_token"], made.is_by_click, made.actions) == (
        "token-of-meta", False, {"sale": "Purchase"}
    )  # fmt: skip
    changing = shown(admin, f"/uploads/{made.pk}/change/")
    assert "token-of-meta" not in page + changing
    admin.post(f"/uploads/{made.pk}/change/", FORM | {"account_access_token": "", "name": "Meta"})
    made.refresh_from_db()
    assert (made.name, made.settings["access_token"]) == ("Meta", "token-of-meta")


def test_secrets_are_sealed_in_the_database(admin: Client) -> None:
    destination("google_ads", token="a-token")
    [kept] = Destination.objects.raw("SELECT id, settings::text AS name, token AS said FROM integrations_destination")
    assert "sealed:" in kept.name
    assert "refresh-me" not in kept.name
    assert kept.said.startswith("sealed:")
    assert rotate() >= 1
    assert Destination.objects.get().settings["refresh_token"] == "refresh-me"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"account_pixel_id": "5/../6"}, "not what it looks like"),
        ({"account_access_token": ""}, "required"),
        ({"action_sale": ""}, "for one conversion at least"),
        ({"action_sale": "a b"}, "letters, digits"),
        ({"purpose": "anything"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_where_it_was_typed(admin: Client, told: dict[str, str], said: str) -> None:
    answer = admin.post("/uploads/0/change/?vendor=meta", FORM | told)
    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert not Destination.objects.exists()


def test_another_address_is_asked_for_only_where_the_house_has_servers(admin: Client, settings: Any) -> None:
    assert "Another address" not in shown(admin, "/uploads/0/change/?vendor=meta")
    settings.WEBHOOK_NETWORKS = ["10.3.0.0/16"]
    answer = admin.post("/uploads/0/change/?vendor=meta", FORM | {"base": "http://127.0.0.1"})
    assert "private network" in answer.content.decode()
    admin.post("/uploads/0/change/?vendor=meta", FORM | {"base": "http://10.3.0.9/"})
    assert Destination.objects.get().base == "http://10.3.0.9"


def test_the_log_says_what_was_sent_what_not_and_why(admin: Client, platforms: str) -> None:
    made = destination("google_ads", platforms)
    told, kept = sale(buyer()), sale(buyer(agrees=False))
    turn()
    page = shown(admin, f"/uploads/{made.pk}/")
    assert "no consent" in page
    assert f"/rows/{Upload.objects.get(conversion=told.pk).pk}/" in page
    left = shown(admin, f"/uploads/{made.pk}/?state=left+out")
    assert f"/rows/{Upload.objects.get(conversion=told.pk).pk}/" not in left
    assert f"/rows/{Upload.objects.get(conversion=kept.pk).pk}/" in left
    assert "None of these" in shown(admin, f"/uploads/{made.pk}/?state=refused")
    story = shown(admin, f"/uploads/{made.pk}/rows/{Upload.objects.get(conversion=told.pk).pk}/")
    assert f"throughline-{told.pk}" in story
    assert f"Sale {told.pk}" in page
    assert f"<h1>Sale {told.pk}:" in story
    assert f"Sale {told.pk}" in shown(admin, f"/uploads/{made.pk}/try/")
    assert "GCLI… (" in story
    assert "secret" not in story
    front = shown(admin, "/uploads/")
    assert "google_ads account" in front
    assert "taken" in front


def test_a_page_of_the_log_leads_to_the_next(admin: Client) -> None:
    made = destination()
    options = {"identifier_id": 1, "at": timezone.now(), "value": 1, "currency": "GBP", "told_as": "t"}
    Upload.objects.bulk_create(
        [Upload(destination=made, conversion=number, state="sent", **options) for number in range(60)]
    )
    page = admin.get(f"/uploads/{made.pk}/?state=sent")
    assert (len(page.context["rows"]), page.context["next"]) == (50, page.context["rows"][-1].pk)
    rest = admin.get(f"/uploads/{made.pk}/?state=sent&before={page.context['next']}")
    assert (len(rest.context["rows"]), rest.context["next"]) == (10, None)


@pytest.mark.parametrize(
    ("vendor", "clicked"),
    [("google_ads", "gclid"), ("data_manager", "gclid"), ("ga4", "gclid"), ("meta", "fbclid")],
    ids=["google", "data manager", "ga4", "meta"],
)
def test_a_dry_run_shows_what_would_be_sent_and_counts_nothing(
    admin: Client, platforms: str, vendor: str, clicked: str
) -> None:
    made = destination(vendor, platforms)
    sale(buyer(clicked))
    sale(buyer(clicked, agrees=False))
    page = shown(admin, f"/uploads/{made.pk}/try/")
    assert "1 of 2 would be told" in page
    assert "no consent" in page
    assert "secret" not in page
    assert Platforms.asked == []
    asked = admin.post(f"/uploads/{made.pk}/try/").content.decode()
    assert ("answered 200 to the made-up event" if vendor == "meta" else "it would be taken") in asked
    assert not any(Platforms.counted[name] for name in ("google", "ga4", "meta"))
    assert not Platforms.data_manager.requests
    assert not Upload.objects.exists()


def test_a_dry_run_says_what_the_vendor_finds_wrong(admin: Client, platforms: str) -> None:
    made = destination("google_ads", platforms)
    sold = sale(buyer())
    Platforms.unknown.add(f"GCLID-{sold.identifier.value}-secret")
    assert "click not found" in admin.post(f"/uploads/{made.pk}/try/").content.decode()
    made.settings = made.settings | {"refresh_token": "wrong"}
    made.token_until = None
    made.save()
    assert "lets us not in" in admin.post(f"/uploads/{made.pk}/try/").content.decode()
    assert "There is nothing to tell yet" in shown(admin, f"/uploads/{destination(actions={'x': '1'}).pk}/try/")


def test_a_destination_is_paused_resumed_removed_and_brought_back(admin: Client, platforms: str) -> None:
    made = destination("google_ads", platforms)
    sale(buyer())
    for act, said, count in [
        ("pause", "is paused", 0), ("remove", "told nothing more", 0), ("bring-back", "is back", 0),
        ("resume", "told what waited", 1),
    ]:  # fmt: skip
        page = admin.post(f"/uploads/{made.pk}/state/", {"act": act}, follow=True).content.decode()
        turn()
        assert said in page
        assert len(Platforms.counted["google"]) == count


def test_all_that_was_told_is_taken_back_and_told_anew(admin: Client, platforms: str) -> None:
    made = destination("google_ads", platforms)
    sale(buyer())
    turn()
    admin.post(f"/uploads/{made.pk}/state/", {"act": "take-back"})
    turn()
    [one] = Platforms.counted["google"].values()
    assert one["retracted"] is True
    assert "all is taken back" in shown(admin, f"/uploads/{made.pk}/")
    admin.post(f"/uploads/{made.pk}/state/", {"act": "tell-anew"})
    turn()
    assert [bool(one.get("retracted")) for one in Platforms.counted["google"].values()] == [True, False]


def test_what_was_refused_is_sent_again_when_asked(admin: Client, platforms: str) -> None:
    made = destination("google_ads", platforms)
    sold = sale(buyer())
    Platforms.unknown.add(f"GCLID-{sold.identifier.value}-secret")
    turn()
    path = f"/uploads/{made.pk}/rows/{Upload.objects.get().pk}/"
    assert "Send it again" in shown(admin, path)
    Platforms.unknown.clear()
    assert "looked at again" in admin.post(f"{path}again/", follow=True).content.decode()
    turn()
    assert Upload.objects.get().state == "sent"
    assert "not sent again" in admin.post(f"{path}again/", follow=True).content.decode()
    assert "Send it again" not in shown(admin, path)


def test_what_is_pending_is_said_to_be_and_when_it_is_asked_for(admin: Client, platforms: str) -> None:
    made = destination("data_manager", platforms)
    sold = sale(buyer())
    turn()
    one = Upload.objects.get()
    due_at = timezone.localtime(one.due_at)
    front, log = shown(admin, "/uploads/"), shown(admin, f"/uploads/{made.pk}/?state=pending")
    assert "and 1 accepted" in front
    assert f"asked about at {due_at:%H:%M}" in log
    story = shown(admin, f"/uploads/{made.pk}/rows/{one.pk}/")
    assert one.request in story
    assert "it is not sent again" in story
    assert "Send it again" not in story
    key = {"Authorization": f"Bearer {ApiKey.issue('warehouse', 'integration', ['uploads:read'])[1]}"}
    [found] = Client().get("/api/v1/uploads/?state=pending", headers=key).json()["results"]
    assert (found["conversion"], found["request"]) == (sold.pk, one.request)
    Upload.objects.update(what="taken back", state="sent", number=1)
    assert "nought" in shown(admin, f"/uploads/{made.pk}/rows/{one.pk}/")


def test_data_manager_says_what_it_needs_where_it_is_chosen_and_filled_in(admin: Client) -> None:
    assert "no developer token" in shown(admin, "/uploads/0/change/")
    form = shown(admin, "/uploads/0/change/?vendor=data_manager")
    for said in ("scope datamanager", "UPLOAD_CLICKS", "enhanced conversions"):
        assert said in form
    assert "Developer token" not in form
    assert "By call" not in form


@pytest.mark.parametrize("role", ["agent", "lead", "marketer", "privacy", "auditor"])
def test_only_admins_see_uploads(role: str) -> None:
    made = destination()
    client = signed_in(role)
    paths = ("", f"{made.pk}/", f"{made.pk}/change/", f"{made.pk}/try/")
    assert {client.get(f"/uploads/{path}").status_code for path in paths} == {403}
    assert client.post(f"/uploads/{made.pk}/state/", {"act": "pause"}).status_code == 403


def test_the_api_tells_of_uploads_by_what_they_came_to(platforms: str) -> None:
    destination("google_ads", platforms)
    told, kept = sale(buyer()), sale(buyer(agrees=False))
    turn()
    key = {"Authorization": f"Bearer {ApiKey.issue('warehouse', 'integration', ['uploads:read'])[1]}"}
    found = Client().get("/api/v1/uploads/?state=left+out", headers=key).json()
    assert [(one["conversion"], one["why"]) for one in found["results"]] == [(kept.pk, "no consent")]
    found = Client().get(f"/api/v1/uploads/?conversion={told.pk}&limit=1", headers=key).json()
    assert [(one["state"], one["vendor"]) for one in found["results"]] == [("sent", "google_ads")]
    assert "secret" not in json.dumps(found)
    other = {"Authorization": f"Bearer {ApiKey.issue('other', 'integration', ['calls:read'])[1]}"}
    assert Client().get("/api/v1/uploads/", headers=other).status_code == 403
