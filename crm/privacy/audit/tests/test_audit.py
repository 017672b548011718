"""The audit log: what is noted, that it cannot be changed, and that whoever changes it is found out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.privacy.audit import noting
from crm.privacy.audit.models import Act, AuditEntry, AuditReason, AuditSeal
from crm.privacy.audit.noting import note
from crm.privacy.audit.sealing import anchor, anchors_path, check, seal
from crm.privacy.disclosure import DEFAULT
from crm.privacy.models import ApiKey
from crm.privacy.tact_forms import TactForm
from crm.privacy.tests.signing import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_seen() -> Iterator[None]:
    noting.looks.clear()
    yield
    anchors_path().unlink(missing_ok=True)


def identified(kind: str, value: str, namespace: str = "") -> Identifier:
    """A customer's only identifier."""
    born = Customer.objects.create()
    return Identifier.objects.create(kind=kind, namespace=namespace, value=value, customer=born, origin=born)


def acts(**which: Any) -> list[str]:
    return list(AuditEntry.objects.filter(**which).order_by("pk").values_list("act", flat=True))


# What is noted


def test_every_page_of_a_customer_is_a_look_and_a_few_minutes_are_one() -> None:
    anna, agent = identified("email", "anna@example.com").customer, signed_in("agent")
    agent.get(f"/customers/{anna.public_id}/")
    agent.get(f"/customers/{anna.public_id}/why/")
    assert acts(customer_id=anna.pk) == ["looked"]
    signed_in("privacy").get(f"/customers/{anna.public_id}/history/")
    assert acts(customer_id=anna.pk) == ["looked", "looked"]
    assert set(AuditEntry.objects.filter(act=Act.LOOKED).values_list("actor", flat=True)) == {"agent", "privacy"}


def test_a_look_again_after_those_minutes_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    anna, agent = identified("email", "anna@example.com").customer, signed_in("agent")
    agent.get(f"/customers/{anna.public_id}/")
    monkeypatch.setattr(noting, "ONE_LOOK", 0.0)
    agent.get(f"/customers/{anna.public_id}/")
    assert acts(customer_id=anna.pk) == ["looked", "looked"]


def test_a_program_that_reads_a_customer_is_noted_by_its_key() -> None:
    anna = identified("email", "anna@example.com").customer
    key, text = ApiKey.issue("warehouse", "agent")
    Client().get(f"/api/v1/customers/{anna.public_id}/", headers={"authorization": f"Bearer {text}"})
    found = AuditEntry.objects.get(customer_id=anna.pk)
    assert (found.actor, found.api_key_id, found.user_id) == ("warehouse", key.pk, None)


def test_a_search_is_noted_with_whom_it_showed_and_without_what_was_typed() -> None:
    anna = identified("email", "anna@example.com").customer
    signed_in("agent").get("/customers/", {"q": "anna@example.com"})
    found = AuditEntry.objects.get(act=Act.SEARCHED)
    assert found.detail == {"found": [anna.pk]}
    assert found.subject == ""


def test_who_signs_in_and_out_and_who_is_refused_is_noted_but_never_a_name_that_nobody_has() -> None:
    User.objects.create_user("priya", password="a long pass phrase")
    browser = Client()
    browser.post("/sign-in/", {"username": "priya", "password": "wrong"})
    browser.post("/sign-in/", {"username": "my-password-by-mistake", "password": ""})
    browser.post("/sign-in/", {"username": "my-password-by-mistake", "password": "x"})
    browser.post("/sign-in/", {"username": "priya", "password": "a long pass phrase"})
    browser.post("/sign-out/")
    told = list(AuditEntry.objects.order_by("pk").values_list("actor", "act", "subject"))
    assert told == [
        ("priya", "refused", ""), ("", "refused", "a name that nobody has"),
        ("priya", "signed-in", ""), ("priya", "signed-out", ""),
    ]  # fmt: skip
    assert "mistake" not in str(list(AuditEntry.objects.values()))


def test_a_decision_is_noted_and_one_that_is_rolled_back_is_not() -> None:
    a, b, admin = identified("login", "1"), identified("login", "2", "other"), User.objects.create_user("ada")
    merge(a.customer, b.customer, admin)
    assert acts(actor="ada") == ["decided"]
    assert AuditEntry.objects.get(actor="ada").subject == "Merged"


def test_a_change_of_the_rules_is_noted() -> None:
    form = {name: field.initial or "" for name, field in TactForm(tact=DEFAULT).fields.items()}
    last = len(DEFAULT.topics)
    told = form | {f"name_{last}": "Birthdays", f"words_{last}": "40th", "act": "save"}
    signed_in("admin").post("/disclosure/", told)
    found = AuditEntry.objects.filter(act=Act.SET, actor="admin")
    assert [one.subject for one in found] == ["added the topic Birthdays"]


def test_a_change_in_the_admin_is_noted_by_the_names_of_the_fields() -> None:
    boss = User.objects.create_superuser("boss", password="x")
    key, _ = ApiKey.issue("warehouse", "agent")
    browser = Client()
    browser.force_login(boss)
    browser.post(f"/admin/crm/apikey/{key.pk}/change/", {"is_revoked": "on"})
    found = AuditEntry.objects.get(act=Act.SET)
    assert (found.actor, found.subject) == ("boss", f"Changed API key {key.pk}")
    assert found.detail == {"fields": ["Revoked"]}


# That it stands


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm_auditentry SET actor = 'x'",
        "DELETE FROM crm_auditentry",
        "UPDATE crm_auditseal SET position = 9",
        "DELETE FROM crm_auditseal",
    ],
)
def test_what_is_written_is_neither_changed_nor_removed(statement: str) -> None:
    note(None, Act.LOOKED)
    seal()
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), connection.cursor() as sql:
        sql.execute(statement)


def written(count: int = 5) -> list[int]:
    for number in range(count):
        note(None, Act.EXPORTED, subject=f"export {number}", reason=f"asked for by {number}")
    seal()
    anchor()
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def tampered(statement: str, *parameters: int) -> None:
    """Do what the database's owner can."""
    with connection.cursor() as sql:
        sql.execute("SET session_replication_role = replica")
        sql.execute(statement, list(parameters))
        sql.execute("SET session_replication_role = DEFAULT")


def test_a_log_that_nobody_touched_is_whole() -> None:
    assert len(written()) == 5
    assert check() == (5, [])
    call_command("verify_audit")


def changed(entries: list[int]) -> str:
    tampered("UPDATE crm_auditentry SET actor = 'somebody else' WHERE id = %s", entries[2])
    return f"entry {entries[2]}"


def dated_back(entries: list[int]) -> str:
    tampered("UPDATE crm_auditentry SET at = at - interval '1 second' WHERE id = %s", entries[0])
    return f"entry {entries[0]}"


def taken_out(entries: list[int]) -> str:
    tampered("DELETE FROM crm_auditentry WHERE id = %s", entries[1])
    return f"entry {entries[1]} was taken out"


def taken_out_with_its_seal(entries: list[int]) -> str:
    taken_out(entries)
    tampered("DELETE FROM crm_auditseal WHERE entry_id = %s", entries[1])
    return "seals 2 to 2 were taken out"


def cut_short(entries: list[int]) -> str:
    tampered("DELETE FROM crm_auditentry WHERE id > %s", entries[2])
    tampered("DELETE FROM crm_auditseal WHERE entry_id > %s", entries[2])
    return "the chain was cut short: it had 5 seals, and has 3"


def swapped(entries: list[int]) -> str:
    tampered("UPDATE crm_auditseal SET entry_id = -1 WHERE position = 2")
    tampered("UPDATE crm_auditseal SET entry_id = %s WHERE position = 4", entries[1])
    tampered("UPDATE crm_auditseal SET entry_id = %s WHERE position = 2", entries[3])
    return f"entry {entries[3]}"


def put_in_beside(entries: list[int]) -> str:
    tampered("INSERT INTO crm_auditentry (id, at, act, actor, subject, detail) "
             "VALUES (-7, now() - interval '1 day', 'looked', 'ada', '', '{}')")  # fmt: skip
    return "entry -7 is not in the chain"


def made_anew(entries: list[int]) -> str:
    tampered("DELETE FROM crm_auditseal")
    tampered("UPDATE crm_auditentry SET actor = 'x' WHERE id = %s", entries[0])
    seal()
    return "the chain was made anew"


def given_another_reason(entries: list[int]) -> str:
    AuditReason.objects.filter(entry_id=entries[3]).update(text="a better reason")
    return f"the reason of entry {entries[3]}"


@pytest.mark.parametrize("tamper", [changed, dated_back, taken_out, taken_out_with_its_seal, cut_short, swapped,
                                    put_in_beside, made_anew, given_another_reason])  # fmt: skip
def test_whoever_tampers_with_it_is_found_out(tamper: Callable[[list[int]], str]) -> None:
    said = tamper(written())
    with pytest.raises(CommandError) as refused:
        call_command("verify_audit")
    assert said in str(refused.value)


def test_a_reason_that_was_erased_with_its_customer_leaves_the_chain_whole() -> None:
    entries = written()
    AuditReason.objects.filter(entry_id=entries[0]).delete()
    assert check() == (5, [])


def test_an_entry_that_is_committed_late_is_sealed_after_those_that_came_before_it() -> None:
    entries = written(2)
    tampered("INSERT INTO crm_auditentry (id, at, act, actor, subject, detail) "
             "VALUES (%s, now(), 'looked', 'slow', '', '{}')", entries[0] - 1)  # fmt: skip
    assert seal() == 1
    assert AuditSeal.objects.get(entry_id=entries[0] - 1).position == 3
    assert check() == (3, [])


# Reading it


def test_the_log_is_read_in_pages_by_who_what_and_when() -> None:
    ada = User.objects.create_user("ada", first_name="Ada")
    for number in range(60):
        note(ada, Act.EXPORTED, subject=f"export {number}")
    note(None, Act.REFUSED)
    officer = signed_in("privacy")
    first = officer.get("/audit/", {"user": str(ada.pk), "act": "exported", "on": f"{timezone.localdate():%Y-%m-%d}"})
    said = first.content.decode()
    assert said.count("exported</") == 0
    assert said.count("export 59") == 1
    assert "export 9<" not in said
    following = officer.get(f"/audit/?{first.context['next']}").content.decode()
    assert "export 9\n" in following
    assert "Earlier" not in following
    assert "Nothing in the log fits" in officer.get("/audit/", {"on": "2001-01-01"}).content.decode()


def test_who_looked_at_a_customer_is_told_across_a_merge() -> None:
    a, b, admin = identified("login", "1"), identified("login", "2", "other"), signed_in("admin")
    signed_in("agent").get(f"/customers/{b.customer.public_id}/")
    merge(a.customer, b.customer, None)
    standing = Customer.objects.get(identifiers=Identifier.objects.get(pk=a.pk))
    said = admin.get(f"/customers/{standing.public_id}/looks/").content.decode()
    assert '<b class="breaks">agent</b> looked at a customer' in said


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999", "user=-1", "on=31-31-31", "act=nothing",
                                   "on=9999-12-31", "on=0001-01-01"])  # fmt: skip
def test_what_cannot_be_read_in_a_request_is_as_if_not_asked(query: str) -> None:
    assert signed_in("privacy").get(f"/audit/?{query}").status_code == 200


def test_the_log_is_not_for_those_whom_it_is_about() -> None:
    anna = identified("email", "anna@example.com").customer
    for role in ("agent", "marketer"):
        assert signed_in(role).get("/audit/").status_code == 403
        assert signed_in(role).get(f"/customers/{anna.public_id}/looks/").status_code == 403
