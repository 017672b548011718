"""What the roles may do: as the README tells it, and as the pages hold it."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group

from crm.privacy.models import Role
from crm.privacy.roles import HAS_SCREENS, RIGHTS
from crm.privacy.tests.signing import signed_in

pytestmark = pytest.mark.django_db


def told() -> str:
    """The rights as the README's table has them."""
    roles = [role for role in Role.values if role in HAS_SCREENS]
    lines = [["", *roles], ["---", *(":-:" for _ in roles)]]
    lines += [[one.said, *("yes" if role in one.roles else "" for role in roles)] for one in RIGHTS.values()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def test_the_readme_tells_what_each_role_may_do() -> None:
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    assert told() in readme, f"README.md: the table of roles should be\n{told()}"


def test_every_role_is_there_to_be_given() -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(Role.values)


INSPECTED = (
    "/audit/",
    "/identity/",
    "/matching/figures/",
    "/golden-record/",
    "/routing/",
    "/desk/rules/",
    "/disclosure/",
)
CUSTOMERS = ("/customers/", "/customers/?q=anna", "/calls/", "/desk/", "/palette/?q=anna", "/reviews/",
             "/api/v1/customers/", "/api/v1/interactions/", "/api/v1/calls/", "/api/v1/reviews/")  # fmt: skip


def test_an_auditor_reads_what_was_done_and_sees_no_customer() -> None:
    auditor = signed_in("auditor")
    assert auditor.get("/")["Location"] == "/audit/"
    for page in INSPECTED:
        assert auditor.get(page).status_code == 200, page
    for page in CUSTOMERS:
        assert auditor.get(page).status_code == 403, page
    for page in ("/disclosure/", "/golden-record/order/", "/routing/0/"):
        assert auditor.post(page, {"act": "save"}).status_code == 403, page


def test_a_lead_works_and_supervises_and_sets_no_rules() -> None:
    lead = signed_in("lead")
    for page in ("/desk/", "/customers/", "/calls/", "/queues/", "/queues/now/", "/routing/", "/routing/shadow/"):
        assert lead.get(page).status_code == 200, page
    for page in ("/routing/0/", "/audit/", "/identity/", "/sources/", "/golden-record/", "/customers/merge/"):
        assert lead.get(page).status_code == 403, page


def test_an_integration_has_no_screens() -> None:
    integration = signed_in("integration")
    for page in (*INSPECTED, *CUSTOMERS, "/queues/", "/sources/"):
        assert integration.get(page).status_code == 403, page
