"""Rows keep every version of themselves: who changed them, by which request, and nothing that is secret."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.history.models import (
    CorrectionVersion,
    KeyVersion,
    LoginVersion,
    MembershipVersion,
    SourceVersion,
)
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from crm.profile.models import Correction
from crm.sources.models import Source

pytestmark = pytest.mark.django_db


def labels(model: Any, **which: Any) -> list[str]:
    return list(model.objects.filter(**which).order_by("pk").values_list("pgh_label", flat=True))


def test_a_bulk_change_is_kept_row_by_row() -> None:
    for name in ("shop", "app"):
        Source.objects.create(name=name, adapter="segment", namespace=name)
    Source.objects.update(country="DE")
    Source.objects.filter(name="app").delete()
    assert labels(SourceVersion) == ["made", "made", "changed", "changed", "removed"]
    assert set(SourceVersion.objects.filter(pgh_label="changed").values_list("country", flat=True)) == {"DE"}


def test_no_secret_is_in_a_version() -> None:
    mail = Source.objects.create(
        name="mail",
        adapter="resend",
        namespace="mail",
        settings={"own_domains": ["a.example"], "signing_key": "whsec_x"},
    )
    mail.settings["signing_key"] = "whsec_y"
    mail.save()
    ApiKey.issue("warehouse", "agent")
    User.objects.create_user("ada", password="a long pass phrase")
    assert list(SourceVersion.objects.values_list("settings", flat=True)) == [{"own_domains": ["a.example"]}] * 2
    kept = [str(list(model.objects.values())) for model in (SourceVersion, KeyVersion, LoginVersion)]
    secrets = (mail.secret, mail.write_key, "sealed:", "md5", ApiKey.objects.get().hashed)
    assert not [secret for secret in secrets for one in kept if secret in one]


def test_what_is_only_noted_in_passing_makes_no_version() -> None:
    ada = User.objects.create_user("ada")
    User.objects.filter(pk=ada.pk).update(last_login=timezone.now())
    assert labels(LoginVersion) == ["made"]


def test_a_version_says_who_changed_it_and_by_which_request() -> None:
    root = User.objects.create_superuser("root", password="x")
    ada = User.objects.create_user("ada")
    browser = Client()
    browser.force_login(root)
    lead, _ = Group.objects.get_or_create(name="lead")
    told = {"username": "ada", "is_active": "", "groups": [lead.pk], "first_name": "Ada", "last_name": "", "email": ""}
    answer = browser.post(f"/admin/auth/user/{ada.pk}/change/", told)
    assert answer.status_code == 302, answer.context["errors"]
    changed = LoginVersion.objects.get(pgh_obj_id=ada.pk, pgh_label="changed")
    joined = MembershipVersion.objects.get(user_id=ada.pk)
    assert (changed.pgh_context["actor"], changed.is_active, joined.pgh_label) == ("root", False, "made")
    assert changed.pgh_context_id == joined.pgh_context_id is not None
    ada.groups.clear()
    assert labels(MembershipVersion, user_id=ada.pk) == ["made", "removed"]


def test_the_page_tells_what_changed_and_of_customers_only_which_fields() -> None:
    shop = Source.objects.create(name="shop", adapter="segment", namespace="shop", country="GB")
    Source.objects.filter(pk=shop.pk).update(country="DE")
    born = Customer.objects.create()
    anna = Identifier.objects.create(kind="email", value="anna@example.com", customer=born, origin=born)
    clerk = User.objects.create(username="clerk")
    Correction.objects.create(identifier=anna, name="given_name", value="Annabel", actor=clerk, at=timezone.now())
    auditor = signed_in("auditor")
    said = auditor.get("/history/", {"kind": "source", "row": str(shop.pk)}).content.decode()
    assert "Country: <del>GB</del> <ins>DE</ins>" in said
    corrections = auditor.get("/history/?kind=correction").content.decode()
    assert "Value" in corrections
    assert "Annabel" not in corrections
    assert "clerk" in auditor.get("/history/?kind=login").content.decode()
    assert signed_in("agent").get("/history/").status_code == 403
    assert CorrectionVersion.objects.get().value == "Annabel"


@pytest.mark.parametrize("query", ["kind=nothing", "row=x", "before=99999999999999999999", "kind=note&before=0"])
def test_what_cannot_be_read_in_a_request_is_as_if_not_asked(query: str) -> None:
    assert signed_in("privacy").get(f"/history/?{query}").status_code == 200
