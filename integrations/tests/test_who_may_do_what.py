"""Every address as every role and signed out, on real objects: the answer is what the declared policy says."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signing import dumps
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import get_resolver

from crm.identity.models import Link
from crm.matching.models import TrainedModel
from crm.privacy.access import PUBLIC, Policy, policy_of
from crm.privacy.models import Role
from crm.privacy.tests.signing import signed_in
from crm.privacy.tests.test_every_url_has_a_policy import addresses
from crm.privacy.unsubscribing import SALT
from crm.sources.models import Source
from integrations.tests.test_accessibility import fill, paths_of_admin
from journeys.calls.models import Agent
from journeys.listening.models import Recording
from journeys.work.models import Task

pytestmark = pytest.mark.django_db
NOT_ASKED = {"^api/v1/(?:.*/)?$", "sign-out/"}
NOWHERE = 1  # where the filling made nothing of the kind: a row that is not there
# What somebody may ask for and does not get: nothing is wrong with it, but with what was sent.
# A marketer who has not said why is told of nobody: that answer is looked at where veils are tested.
UNTOLD = {"marketer": {403, 404}}
LACKING = {"get": {405}, "post": {400, 404, 405, 409, 413, 415, 422}}


def values(filled: dict[str, list[Any]]) -> dict[str, Any]:
    """What stands where in an address, by the part of it that ends there, or all of it; the longest that fits."""
    shop = Source.objects.earliest("pk")
    return {
        "<uuid:public_id>": filled["customer"][0], "<str:customer>": filled["customer"][0],
        "desk/calls/<uuid:public_id>": filled["desk-call"][0], "calls/<uuid:public_id>": filled["conversation"][0],
        "<str:call>": filled["conversation"][0], "<int:interaction_id>": filled["interaction"][0],
        "<str:interaction>": filled["interaction"][0], "<int:session_id>": filled["visit"][0],
        "<int:event_id>": filled["undo-decision"][0], "<int:batch_id>": filled["batch"][0],
        "<int:run_id>": filled["match-run"][0], "<int:model_id>": TrainedModel.objects.earliest("pk").pk,
        "<int:review_id>": filled["review"][0], "<str:review>": filled["review"][0],
        "explore/files/<uuid:public_id>": filled["export"][0], "requests/<uuid:public_id>": filled["rights-request"][0],
        "exports/<uuid:public_id>": filled["export"][0],
        "erasures/<uuid:public_id>": filled["erasure"][0], "<str:erasure>": filled["erasure"][0],
        "<int:link_id>": filled["link"][0],
        "<str:link>": Link.objects.earliest("pk").pk, "<slug:what>": "order", "morning/files/<slug:what>": "calls",
        "morning/mail/stop/<str:token>": filled["unsubscribe-weekly-mail"][0],
        "<int:delivery_id>": filled["failed-delivery"][0], "<str:delivery>": filled["failed-delivery"][0],
        "<slug:public_id>": filled["source"][0],
        "sources/<slug:public_id>/take-back/": filled["take-back"][0],
        "sources/<slug:public_id>/numbers/": filled["tracking-numbers"][0],
        "<str:write_key>": shop.write_key, "<int:case_id>": filled["desk-case"][0],
        "<slug:kind>": "task", "<int:row_id>": Task.objects.earliest("pk").pk, "<slug:act>": "done",
        "<str:about>": f"customer:{filled['customer'][0]}", "routing/<int:rule_id>": filled["change-routing"][0],
        "<int:rule_id>": 0, "<int:place>": 1, "<int:definition_id>": 0,
        "<int:conversion_id>": filled["conversion"][0],
        "<int:file_id>": filled["cost-file"][0],
        "<int:import_id>": filled["conversion-import"][0],
        "<int:recording_id>": row(Recording.objects.filter(state=Recording.State.FETCHED)),
        "<int:agent_id>": row(Agent.objects.all()),
        "<int:change_id>": NOWHERE, "<int:correction_id>": NOWHERE, "<int:pk>": NOWHERE, "<int:alert_id>": NOWHERE,
        "<slug:provider_id>": "sso", "<str:token>": dumps([[0], "marketing"], salt=SALT), "<slug:word>": "harbour",
        "<int:view_id>": NOWHERE, "<int:segment_id>": filled["segment"][0], "<str:segment>": filled["segment"][0],
        "<int:endpoint_id>": filled["webhook"][0],
        "<int:message_id>": filled["webhook-message"][1],
        "<str:endpoint>": filled["webhook"][0], "<str:message>": filled["webhook-message"][1],
        "<int:destination_id>": filled["upload"][0], "<int:upload_id>": filled["upload"][1],
    }  # fmt: skip


def row(rows: QuerySet[Any]) -> int:
    """The number of the first of some rows."""
    found = rows.order_by("pk").first()
    return found.pk if found else NOWHERE


def concrete(pattern: str, known: dict[str, Any]) -> str:
    """An address with what stands in it."""
    path = pattern
    while "<" in path:
        end = path.index(">") + 1
        ends = [part for part in known if part in (pattern, path) or path[:end].endswith(part)]
        fitting = max(ends, key=len, default="")
        assert fitting, f"say what stands in {pattern}"
        path = path[: path.rindex("<", 0, end)] + str(known[fitting]) + path[end:]
    return f"/{path}"


def asked() -> Iterator[tuple[str, Policy]]:
    """Every address but the admin's, with its policy."""
    for pattern, view in addresses(get_resolver()):
        if not pattern.startswith("admin/") and pattern not in NOT_ASKED:
            policy = policy_of(view)
            assert policy is not None
            yield pattern, policy


class Undo(Exception):
    """Ends what a request did."""


def answer(client: Client, method: str, path: str) -> tuple[int, str]:
    """(status, where to) of a request, whose effects are taken back."""
    found = (0, "")
    with suppress(Undo), transaction.atomic():
        response = getattr(client, method)(path)
        found = response.status_code, response.get("Location", "")
        raise Undo
    return found


def fault(policy: Policy, role: str, method: str, path: str, told: tuple[int, str]) -> str:
    """What is wrong with an answer; "" where it is what the policy says."""
    status, where = told
    is_api, is_asking = path.startswith("/api/"), method == "get"
    roles = policy.roles if is_asking else policy.writers
    if policy == PUBLIC or role in roles:
        is_told = status < 400 and (policy == PUBLIC or not where.startswith("/sign-in/"))
        is_right = is_told or status in LACKING[method] | UNTOLD.get(role, set())
    elif role or is_api:
        is_right = status == (401 if is_api and not role else 403)
    else:
        is_right = status == 302 and where.startswith("/sign-in/?next=")
    return "" if is_right else f"{method} {path} as {role or 'nobody'}: {status} {where}"


def client_of(role: str) -> Client:
    """A browser of somebody who answers calls, too; an error is an answer."""
    client = signed_in(role) if role else Client()
    client.raise_request_exception = False
    if role:
        Agent.objects.get_or_create(user=User.objects.get(username=role))
    return client


def methods(policy: Policy, role: str) -> tuple[str, ...]:
    """What to ask with: where it was found for one role that may, or may not, it need not be for each of them."""
    is_first = role == min(policy.writers, default="")
    return ("get", "post") if is_first or policy.roles != policy.writers else ("get",)


def faults_of_pages(clients: dict[str, Client], known: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the answers of our own pages and the API."""
    for pattern, policy in asked():
        path = concrete(pattern, known)
        for role, client in clients.items():
            for method in methods(policy, role):
                yield fault(policy, role, method, path, answer(client, method, path))


def faults_of_admin(clients: dict[str, Client]) -> Iterator[str]:
    """What is wrong with the answers of the admin, which is for its staff: nobody here is."""
    for path in paths_of_admin().values():
        for role in ("lead", ""):  # a role is no matter to it
            client = clients[role]
            status, where = answer(client, "get", path)
            is_right = status == 302 and where.startswith("/admin/login/")
            yield "" if is_right else f"{path} as {role or 'nobody'}: {status} {where}"


def test_every_address_answers_every_role_as_its_policy_says() -> None:
    known = values(fill())
    clients = {role: client_of(role) for role in (*Role.values, "")}
    said = [*faults_of_pages(clients, known), *faults_of_admin(clients)]
    wrong = [one for one in said if one]
    assert len(said) > 1_000
    assert not wrong, "\n".join(wrong)
