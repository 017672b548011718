"""What admins set: what may be said, the next best action, and the words of wrapping up."""

from typing import Any

import pytest
from django.test import Client

from crm.privacy.disclosure import DEFAULT, Disclosure, Origin
from crm.privacy.tact_changes import DisclosureChange
from crm.privacy.tact_forms import TactForm
from crm.privacy.tests.signing import signed_in
from journeys.desk.models import ActionAnswer, ActionRule
from journeys.desk.tests.factories import anna, ringing
from journeys.work.models import Task, WrapChoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def filled(**changed: str) -> dict[str, Any]:
    """The form of what may be said as it stands, but for what is changed."""
    form = TactForm(tact=DEFAULT)
    return {name: field.initial or "" for name, field in form.fields.items()} | changed


def test_what_may_be_said_is_tried_kept_obeyed_and_undone(admin: Client) -> None:
    customer, agent = anna(), signed_in("agent")
    last = len(DEFAULT.topics)
    told = {f"name_{last}": "Birthdays", f"words_{last}": "40th", "sentence": "It is my 40th"}
    tried = admin.post("/disclosure/", filled(**told, act="try")).content.decode()
    assert "hidden from agents and marketers" in tried
    assert not DisclosureChange.objects.exists()
    address = f"/customers/{customer.public_id}/"
    assert "Is Atlantis good for a 40th?" in agent.get(address).content.decode()
    admin.post("/disclosure/", filled(**told, act="save"))
    assert "40th" not in agent.get(address).content.decode()
    assert DisclosureChange.objects.get().said == "added the topic Birthdays"
    admin.post(f"/disclosure/{DisclosureChange.objects.get().pk}/undo/")
    assert "Is Atlantis good for a 40th?" in agent.get(address).content.decode()


def test_a_topic_needs_its_words(admin: Client) -> None:
    told = admin.post("/disclosure/", filled(words_0="", act="save")).content.decode()
    assert "Give the words that the topic is known by" in told
    assert not DisclosureChange.objects.exists()


def test_only_those_who_look_after_it_say_what_may_be_said() -> None:
    assert signed_in("privacy").get("/disclosure/").status_code == 200
    assert signed_in("agent").get("/disclosure/").status_code == 403
    assert signed_in("agent").get("/desk/rules/").status_code == 403


@pytest.mark.parametrize(
    ("text", "judged"),
    [("My DIABETES is back", Disclosure.HIDDEN), ("We met at my church", Disclosure.HIDDEN),
     ("Anna Church, 2 Church Street", Disclosure.SAYABLE),
     ("The churchyard", Disclosure.SAYABLE), ("a funeral", Disclosure.CONTEXT), ("a beach", Disclosure.SAYABLE)],
)  # fmt: skip
def test_topics_are_known_by_whole_words(text: str, judged: Disclosure) -> None:
    assert DEFAULT.judge(Origin.TOLD, text).disclosure == judged


# The next best action


def rule(**said: Any) -> ActionRule:
    ActionRule.objects.all().delete()
    told = {"name": "They look around", "says": "Offer two ideas", "position": 0, "days": 1,
            "conditions": [{"fact": "pages_7d", "is": "at least", "value": "3"}]}  # fmt: skip
    return ActionRule.objects.create(**told | said)


def test_the_first_rule_that_holds_is_proposed_with_why_and_becomes_a_task() -> None:
    customer, made, agent = anna(), rule(), signed_in("agent")
    address = f"/desk/customers/{customer.public_id}/"
    told = agent.get(address).content.decode()
    assert "Offer two ideas" in told
    assert "pages looked at in 7 days: 4" in told
    answer = {"customer": str(customer.public_id), "answer": "done", "next": address}
    agent.post(f"/desk/actions/{made.pk}/answer/", answer)
    assert Task.objects.get().what == "Offer two ideas"
    assert ActionAnswer.objects.get().answer == "done"
    assert "Best next step" not in agent.get(address).content.decode()


def test_nothing_is_proposed_on_a_channel_that_may_not_be_used() -> None:
    customer, agent = anna(), signed_in("agent")  # Anna withdrew SMS, and allows e-mail
    rule(needs="sms")
    assert "Best next step" not in agent.get(f"/desk/customers/{customer.public_id}/").content.decode()
    rule(needs="email")
    assert "Best next step" in agent.get(f"/desk/customers/{customer.public_id}/").content.decode()


def test_a_rule_is_tried_on_the_last_customers_before_it_is_kept(admin: Client) -> None:
    anna()
    ActionRule.objects.all().delete()
    told = {"name": "Open cases", "says": "Close them", "position": "0", "days": "1", "is_live": "on",
            "fact1": "contacts_7d", "is1": "at least", "value1": "1"}  # fmt: skip
    assert "Anna Whitfield" in admin.post("/desk/rules/0/", told | {"act": "try"}).content.decode()
    assert not ActionRule.objects.exists()
    wrong = admin.post("/desk/rules/0/", told | {"is1": "yes", "act": "save"}).content.decode()
    assert "takes: at least, at most" in wrong
    admin.post("/desk/rules/0/", told | {"act": "save"})
    made = ActionRule.objects.get()
    assert made.conditions == [{"fact": "contacts_7d", "is": "at least", "value": "1"}]
    assert "contacts in 7 days: at least 1" in admin.get("/desk/rules/").content.decode()
    admin.post(f"/desk/rules/{made.pk}/remove/")
    assert not ActionRule.objects.get().is_live


def test_words_are_added_and_taken_out_of_what_is_offered(admin: Client) -> None:
    customer, agent = anna(), signed_in("agent")
    address = f"/desk/calls/{ringing(customer=customer).public_id}/"
    admin.post("/desk/rules/words/", {"label": "Lost luggage", "kind": "reason"})
    assert "Lost luggage" in agent.get(address).content.decode()
    admin.post("/desk/rules/words/", {"switch": str(WrapChoice.objects.get(word="lost-luggage").pk)})
    assert "Lost luggage" not in agent.get(address).content.decode()


def test_the_desks_rules_stand_under_manage_in_the_navigation_and_not_under_the_desk_too(admin: Client) -> None:
    marked = [
        admin.get(address).content.decode().count('aria-current="page"') for address in ("/desk/", "/desk/rules/")
    ]
    assert marked == [1, 1]
