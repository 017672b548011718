"""What customers allow: as agents note it, as it expires, in the words that it was given to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier, Link
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.consenting import ConsentNoted, note_consents
from crm.privacy.models import Consent
from crm.privacy.permissions import permissions
from crm.privacy.purposes import DEFAULT, PurposeChange, standing
from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def customer(value: str = "anna@example.com", *, shared: str = "") -> Customer:
    born = Customer.objects.create()
    Identifier.objects.create(kind="email", value=value, customer=born, origin=born, shared=shared)
    return born


def standing_of(one: Customer) -> dict[tuple[str, str], bool]:
    ids = list(Identifier.objects.filter(customer=one).values_list("pk", flat=True))
    return {(found.purpose, found.channel): found.is_given for found in permissions(ids)}


def tell(one: Customer, **told: Any) -> str:
    """What the page says after somebody noted this."""
    form = {"purpose": "marketing", "channel": "email", "state": "given", "basis": "consent",
            "evidence": "said so on the phone"} | told  # fmt: skip
    return signed_in("agent").post(f"/customers/{one.public_id}/consents/", form, follow=True).content.decode()


def came_in(one: Customer, is_given: bool, at: datetime = LONG_AGO) -> None:
    source, _ = Source.objects.get_or_create(name="shop", defaults={"adapter": "segment", "namespace": "shop"})
    about = Identifier.objects.get(customer=one).pk
    note_consents([ConsentNoted(about, source.pk, "marketing", "email", is_given, at)])


def test_an_agent_notes_what_they_are_told_and_how_and_it_holds() -> None:
    anna = customer()
    came_in(anna, is_given=True)
    said = tell(anna, state="withdrawn", evidence="rang and asked us to stop")
    assert "It is noted, and holds from now on" in said
    assert "rang and asked us to stop" in said
    assert standing_of(anna) == {("marketing", "email"): False}
    assert "No e-mail marketing" in signed_in("marketer").get(f"/customers/{anna.public_id}/").content.decode()
    noted = AuditEntry.objects.get(act=Act.CONSENTED)
    assert (noted.actor, noted.customer_id, noted.subject) == ("agent", anna.pk, "email: marketing withdrawn")
    assert "rang" not in str(noted.detail)


def test_what_is_given_to_an_agent_lifts_what_the_same_person_withdrew() -> None:
    anna = customer()
    came_in(anna, is_given=False)
    assert "holds from now on" in tell(anna)
    assert standing_of(anna) == {("marketing", "email"): True}


def test_after_a_merge_it_lifts_nothing_that_the_other_withdrew() -> None:
    anna, other = customer(), customer("other@example.com")
    came_in(other, is_given=False)
    merge(anna, other, User.objects.create_user("ada"))
    one = Identifier.objects.get(value="anna@example.com").customer
    assert "the withdrawal stands all the same" in tell(one)
    assert standing_of(one) == {("marketing", "email"): False}


def test_what_is_withdrawn_after_a_merge_stays_withdrawn_for_both_when_they_are_parted() -> None:
    anna, other = customer(), customer("other@example.com")
    for both in (anna, other):
        came_in(both, is_given=True)
    merge(anna, other, None)
    one = Identifier.objects.get(value="anna@example.com").customer
    tell(one, state="withdrawn")
    states = {e.identifier.value: e.state for e in Consent.objects.filter(source=None).select_related("identifier")}
    assert states == {"anna@example.com": "withdrawn", "other@example.com": "withdrawn"}
    assert Link.objects.standing().count() == 1


def test_a_consent_ends_when_its_purpose_says_so() -> None:
    anna = customer()
    PurposeChange.objects.create(content={"purposes": [
        {"key": "marketing", "label": "Marketing", "wording": "For half a year.", "days": 180}]}, said="x")  # fmt: skip
    tell(anna)
    given = Consent.objects.get()
    assert given.expires_at == given.occurred_at + timedelta(days=180)
    assert standing_of(anna) == {("marketing", "email"): True}
    Consent.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert standing_of(anna) == {("marketing", "email"): False}
    said = signed_in("agent").get(f"/customers/{anna.public_id}/consents/").content.decode()
    assert "E-mail marketing: ended" in said


def test_a_consent_keeps_the_words_that_it_was_given_to() -> None:
    anna, officer = customer(), signed_in("privacy")
    officer.post("/purposes/", filled(wording_0="You may write to me on Mondays."))
    tell(anna)
    officer.post("/purposes/", filled(wording_0="You may write to me every day."))
    said = signed_in("agent").get(f"/customers/{anna.public_id}/consents/").content.decode()
    assert said.count("You may write to me on Mondays.") == 1  # beside the consent
    assert said.count("You may write to me every day.") == 1  # what is asked now


def filled(**changed: Any) -> dict[str, Any]:
    """The form of purposes as it stands, but for what is changed."""
    told: dict[str, Any] = {}
    for number, one in enumerate(standing().purposes):
        told |= {f"key_{number}": one.key, f"label_{number}": one.label, f"days_{number}": one.days or "",
                 f"wording_{number}": one.wording}  # fmt: skip
    return told | changed


def test_purposes_are_added_removed_said_and_undone() -> None:
    officer, last = signed_in("privacy"), len(DEFAULT)
    officer.post("/purposes/", filled(**{f"key_{last}": "Research", f"wording_{last}": "Ask me things."}, key_0=""))
    assert [one.key for one in standing().purposes] == ["analytics", "personalization", "recording", "research"]
    change = PurposeChange.objects.get()
    assert change.said == "added research; removed marketing"
    officer.post(f"/purposes/{change.pk}/undo/")
    assert standing().purposes == DEFAULT
    officer.post("/purposes/", filled())
    assert PurposeChange.objects.count() == 2  # nothing was changed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key_0": "Mar keting!"}, "Give a word of small letters"),
        ({"key_0": "analytics"}, "stands above already"),
        ({"wording_0": " "}, "Give the words that people agree to"),
        ({"days_0": "-1"}, "greater than or equal to 0"),
        ({"days_0": "soon"}, "Enter a whole number"),
    ],
)
def test_purposes_that_cannot_be_are_said_where_they_are(changed: dict[str, str], said: str) -> None:
    answer = signed_in("privacy").post("/purposes/", filled(**changed)).content.decode()
    assert said in answer
    assert not PurposeChange.objects.exists()


@pytest.mark.parametrize("told", [{"purpose": "world domination"}, {"channel": "pigeon"}, {"evidence": ""},
                                  {"state": "maybe"}, {"basis": "because"}])  # fmt: skip
def test_a_consent_that_cannot_be_is_not_noted(told: dict[str, str]) -> None:
    anna = customer()
    assert 'role="alert"' in tell(anna, **told)
    assert not Consent.objects.exists()


def test_nothing_is_noted_of_a_line_that_several_people_share() -> None:
    assert "find out who it is first" in tell(customer(shared="staff"))
    assert not Consent.objects.exists()


def test_a_marketer_sees_what_is_allowed_and_notes_nothing() -> None:
    anna, marketer = customer(), signed_in("marketer")
    marketer.post(f"/customers/{anna.public_id}/reveal/", {"reason": "Asked which consent was given"})
    page = marketer.get(f"/customers/{anna.public_id}/consents/").content.decode()
    assert "They tell us now" not in page
    marketer.post(f"/customers/{anna.public_id}/consents/", {"purpose": "marketing", "state": "given",
                                                             "evidence": "x", "basis": "consent"})  # fmt: skip
    assert not Consent.objects.exists()
