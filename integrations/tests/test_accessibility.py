"""Every screen against WCAG 2.2 AA: axe-core in a real browser, at two widths, light and dark, filled and empty."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.signing import dumps
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from crm import pages as crm_pages
from crm.batches.models import Batch
from crm.batches.preparing import prepare
from crm.batches.reading import read
from crm.batches.running import finish
from crm.identity.merging import keep_apart, merge, withdraw
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.matching.figures import take_snapshot
from crm.matching.models import Change, Review, Run, Snapshot, TrainedModel
from crm.matching.reviewing import decide, later
from crm.matching.tests.factories import trained, two_marshes
from crm.privacy.erasing.models import Erasure
from crm.privacy.exporting.models import Export
from crm.privacy.models import ApiKey, Consent
from crm.privacy.requesting.handling import note_request
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.retaining.models import RetentionRun
from crm.privacy.signing_in import urls as signing_in_urls
from crm.privacy.unsubscribing import SALT
from crm.privacy.watching.models import Alert
from crm.profile.correcting import correct
from crm.profile.fields import Field, FieldType
from crm.profile.rules import DEFAULT
from crm.profile.ruling import set_rules
from crm.sources.brands import let_in, make
from crm.sources.models import Source
from integrations import urls as integrations_urls
from integrations.adapter import Event
from integrations.inbox.models import FailedDelivery, Rejection
from integrations.inbox.receiving import receive
from integrations.tests.packages import NPM, fetched
from integrations.tracking import pooling
from integrations.tracking.leasing import lease
from integrations.uploads.tests.factories import destination_with_uploads
from integrations.webhooks.tests.factories import endpoint_with_messages
from journeys import urls as journeys_urls
from journeys.attribution import cost_taking, defining, importing
from journeys.attribution.converting import Worth, convert
from journeys.attribution.cost_reading import read_costs
from journeys.attribution.import_reading import read_conversions
from journeys.attribution.models import Conversion, ConversionDefinition
from journeys.attribution.recounting import recount
from journeys.attribution.working import work
from journeys.calls.models import Agent, Call, RoutingRule
from journeys.calls.ruling import save
from journeys.calls.supervising import set_presence_of
from journeys.desk.tests.factories import anna, ringing
from journeys.explore.models import SavedView
from journeys.interactions.drafts import ConsentGiven, Seen
from journeys.interactions.models import Interaction, Session
from journeys.listening.tests.factories import heard_call
from journeys.morning.counting import count
from journeys.morning.stopping import SALT as STOPPING
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_changes import save as save_abandonment
from journeys.paths.keeping import pack
from journeys.segments.models import CustomerSegment
from journeys.segments.ruling import save as save_segment
from journeys.segments.turning import keep as keep_segments
from journeys.tests.factories import ANNAS_LOGIN, annas_journey, customer_of, identify, page, recorded
from journeys.tests.serving import served
from journeys.tests.waiting import comes_true
from journeys.work.cases import open_case
from journeys.work.deeds import Hand
from journeys.work.noting import note
from journeys.work.promising import promise
from journeys.work.tasking import add_task

pytestmark = pytest.mark.django_db(transaction=True)
AXE = "axe-core@4.14.1"
WIDTHS = (1280, 390)
PARTS = 2  # of the screens, each for a worker of its own
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
NO_SCREENS = {"home", "logout", "entries", "live", "replay-deliveries", "switch-source", "replace-secret",
              "customer-extent", "remove-field", "undo-rules", "correct-trait", "undo-correction", "resume-source",
              "switch-joining", "batch-result", "start-match", "match-progress", "rule-match", "use-model",
              "decide-reviews", "undo-reviews", "review-outcome", "decide-review", "put-off-review", "assign-review",
              "listen", "player", "sound", "fetch-again", "upload-transcript", "upload-recording", "customer-mood",
              "tracking-script", "tracking-number", "desk-claim", "desk-unclaim", "desk-over", "desk-wrap",
              "desk-heard", "desk-entries", "desk-looking", "desk-work", "work", "change-case", "mentions-seen",
              "keep-jotting", "answer-action", "calls-stream", "calls-open", "call-card", "set-presence",
              "change-words", "remove-action", "undo-disclosure", "undo-purposes", "hide", "close-alert", "palette",
              "switch-keys", "undo-retention", "brand-people", "remove-brand",
              "routing-shadow", "move-routing", "switch-routing", "remove-routing", "undo-routing", "queues-now",
              "queues-stream", "set-presence-of", "channel-groups-now", "move-channel-group", "remove-channel-group",
              "undo-channel-groups", "conversions-now", "undo-conversions",
              "erasure-certificate", "export-file", "account_login",
              "attribution-now", "attribution-file", "morning-file", "morning-blind",
              "stop-weekly-mail", "send-weekly-mail",
              "paths-file",
              "account_logout", "mfa_authenticate", "mfa_login_webauthn", "account_inactive",
              "socialaccount_login_cancelled", "socialaccount_login_error", "openid_connect_login",
              "openid_connect_callback", "mfa_reauthenticate_webauthn", "mfa_deactivate_totp",
              "save-explore-view", "change-explore-view", "explore-file", "delete-explore-file",
              "abandoned-file", "segment-silent", "remove-abandonment", "undo-abandonments", "blind-spots-file",
              "segment-sizes", "remove-segment", "undo-segments", "switch-webhook", "replace-webhook-secret",
              "test-webhook", "replay-webhook", "replay-webhook-message", "switch-upload-destination", "upload-again",
              "mfa_download_recovery_codes", "mfa_edit_webauthn", "mfa_remove_webauthn"}  # fmt: skip
MENU = "the menu"  # lies over what is below it, so it is looked at by itself
OPEN = "document.querySelectorAll('{}').forEach(one => {{ one.open = true; }})"
AT = "document.querySelector"
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# In the dark only the colours are others.
RULES: list[tuple[Any, Any]] = [
    ("light", EVERY_RULE), ("dark", {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})
]  # fmt: skip
# What is opened is fetched, what changed is drawn, and what fades in has to have its colour.
STARTED = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 40)))"
DRAWN = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
SETTLED = """() => !document.querySelector(".htmx-request") && document.getAnimations().every(
    one => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""
CHECK = """async rules => {
    const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(" ")} | ${(node.any[0] || node.all[0] || node.none[0] || {}).message}`));
}"""


def paths_of_pages(filled: dict[str, list[Any]]) -> dict[str, str]:
    """Every screen of ours, by the name of its address; those of things that are not there are left out."""
    rooms = (crm_pages, signing_in_urls, journeys_urls, integrations_urls)
    names = {entry.name for room in rooms for entry in room.urlpatterns if isinstance(entry, URLPattern)}
    found = {}
    for name in sorted({str(name) for name in names} - NO_SCREENS):
        try:
            found[name] = reverse(name, args=filled.get(name, []))
        except NoReverseMatch:
            assert not filled, f"give the test what the page {name} shows, or say that it is no screen"
    return found | {"api-docs": reverse("api-docs")}


def paths_of_admin() -> dict[str, str]:
    """Every screen of the admin: its lists, and for the first row what can be done with it."""
    found = {"admin": reverse("admin:index"), "no-result": "/admin/crm/identifier/?q=zebra"}
    for model in admin.site._registry:
        row, name = model._default_manager.order_by("pk").first(), f"{model._meta.app_label}_{model._meta.model_name}"
        found[name] = reverse(f"admin:{name}_changelist")
        if row:
            found |= {f"{name} {act}": reverse(f"admin:{name}_{act}", args=[row.pk]) for act in ("change", "history")}
    user = User.objects.latest("pk").pk
    logins = {act: f"/admin/auth/user/{user}/{act}/" for act in ("password", "delete")}
    return found | logins | {"a new login": reverse("admin:auth_user_add")}


def fill() -> dict[str, list[Any]]:
    """A customer with a journey, sources, refusals, failed deliveries and keys; what each page's address names."""
    customer = annas_journey(datetime.now(UTC) - timedelta(hours=1))
    now = datetime.now(UTC)
    Alert.objects.create(what="looks", actor="an.agent", since=now, at=now, count=412, usual=38)
    shop = Source.objects.create(name="web-shop-of-a-company", adapter="segment", namespace="shop")
    inbox = Source.objects.create(name="inbox", adapter="resend", namespace="inbox", settings={
        "own_domains": ["bluelagoon.example"], "signing_key": "whsec_of-the-test"})  # fmt: skip
    receive(shop, [Event(f"key-{number}", "track", b'{"a": "<b>"}', "the timestamp cannot be") for number in range(3)])
    Rejection.objects.create(source=inbox, reason="the signature is wrong", status=403, last_at=datetime.now(UTC))
    ApiKey.issue("reports", "agent")
    ApiKey.issue("website", "agent")[0].revoke()
    failed = FailedDelivery.objects.latest("pk").pk
    said = Interaction.objects.filter(channel="email").latest("pk").pk
    one = {"source": [inbox.public_id], "change-source": [inbox.public_id], "failed-delivery": [failed]}
    say_by_hand(customer)
    one |= {"traits": [customer.public_id], "change-rules": ["order"]}
    one |= {
        name: [customer.public_id]
        for name in ("why", "customer-history", "split-customer", "looks", "consents", "reveal")
    }
    one |= {"undo-decision": [merged(customer).pk], "batch": [checked(customer).pk]}
    one |= {"take-back": [paused(shop, customer).public_id]}
    one |= {"match-run": [matched().pk]}
    one |= {"tracking-numbers": [leased(shop).public_id]}
    one |= {"review": [asked().pk]}
    one |= {"link": [Link.objects.filter(evidence__has_key="terms").latest("pk").pk]}
    one |= {"unsubscribe": [dumps([[1], "marketing"], salt=SALT)]}
    one |= {"unsubscribe-weekly-mail": [dumps(1, salt=STOPPING)]}
    one |= {"legal-hold": [customer.public_id], "restriction": [customer.public_id]}
    RetentionRun.objects.create(started_at=now, finished_at=now, is_under_way=False, gone={"call": 3}, rows=9)
    one |= {"erase-customer": [customer.public_id], "erasure": [erased().public_id]}
    one |= {"export-customer": [customer.public_id], "export": [exported().public_id]}
    one |= {"note-rights-request": [customer.public_id], "rights-request": [requested(customer).public_id]}
    one |= {"conversation": [heard_call().public_id]}
    one |= at_the_desk(customer)
    one |= segmented()
    one |= gave_up(now)
    one |= webhooks_sent(customer)
    one |= uploaded(customer)
    walled(shop)
    decided()
    work(5)
    recount(5)
    count(5)
    return one | {"customer": [customer.public_id], "interaction": [said], "visit": [Session.objects.latest("pk").pk]}


def gave_up(now: datetime) -> dict[str, list[Any]]:
    """What was given up: by Anna, who called, and by somebody who did not and may be written to."""
    made = AbandonmentDefinition(name="A holiday", begun=["/bahamas*"], finished=["/thanks"])
    save_abandonment(made, User.objects.earliest("pk"))
    silent = Seen("cookie", "c-who-gave-up")
    allows = replace(identify(now, silent), consents=(ConsentGiven("marketing", True),))
    recorded([page(now - timedelta(days=3), "Bahamas holidays", silent), allows])
    while pack(5):
        pass
    return {"change-abandonment": [made.pk]}


def segmented() -> dict[str, list[Any]]:
    """A segment with somebody in it, and one that is being worked out; a view, and a file that is being made."""
    step = {"is": "count", "step": {"what": "visit", "value": ""}, "least": 1, "days": 30}
    definition = {"match": "all", "conditions": [step]}
    lead = User.objects.create(username="who explores")
    looked, waiting = (CustomerSegment(name=name, definition=definition) for name in ("Looked", "Waits"))
    save_segment(looked, lead)
    keep_segments(20.0)
    save_segment(waiting, lead)
    SavedView.objects.create(name="Missed calls", query="outcome=missed", owner=lead, is_shared=True)
    return {"segment": [looked.pk], "change-segment": [looked.pk]}


def walled(source: Source) -> None:
    """A brand with a source and somebody in it, and one that has neither."""
    let_in(make("Blue Lagoon Holidays", None), User.objects.create(username="their own agent"), None)
    Source.objects.filter(pk=source.pk).update(brand="bluelagoonholidays")
    make("Harbour", None)


def erased() -> Erasure:
    """An erasure that is done, and one that waits for its answer."""
    clerk = User.objects.create(username="who forgets")
    Erasure.objects.create(customer_id=1, asked_by=clerk, reason="They wrote to us.")
    done = {"state": Erasure.State.DONE, "counts": {"journeys.Interaction": 1204, "crm.Trait": 12}, "identifiers": 5}
    times = dict.fromkeys(("checked_at", "started_at", "finished_at"), timezone.now())
    return Erasure.objects.create(customer_id=1, asked_by=clerk, checked_by=clerk, **done, **times)


def exported() -> Export:
    """An export that waits for its check."""
    counts = {"journeys.Interaction": 1204, "crm.Trait": 12}
    return Export.objects.create(customer_id=1, reason="They wrote to us.", state="made", counts=counts, bytes=120_000,
                                 made_at=timezone.now())  # fmt: skip


def requested(customer: Customer) -> RightsRequest:
    """A request that is overdue."""
    clerk = User.objects.create(username="who handles")
    return note_request(customer, "access", "What do you know of me?", date(2026, 1, 31), clerk)


def at_the_desk(customer: Customer) -> dict[str, list[Any]]:
    """A call from somebody known, one from a shared line, and work that stands; what each page's address names."""
    admin, now = User.objects.create(username="who works"), timezone.now()
    whose, hand = Identifier.objects.get(value="4711"), Hand(admin)
    case = open_case(whose.pk, "Can the sea view be kept?", hand, order="NS-12988")
    promise(whose.pk, "Hold the sea view", now - timedelta(days=1), hand)
    add_task(whose.pk, "Ring back", now - timedelta(hours=1), hand)
    note(whose.pk, "@admin her husband plans a surprise", hand, is_delicate=True)
    convert(whose.pk, Worth(Decimal("3180"), "GBP", "NS-1"), hand)
    ringing("+442920180142")
    made = ringing(customer=customer, confidence=0.9)
    return {
        "desk-call": [made.public_id],
        "desk-customer": [customer.public_id],
        "desk-case": [case.pk],
        "change-action": [0],
        "change-routing": [routed(admin)],
        "change-channel-group": [1],
        "change-conversion": [defined(admin)],
        "conversion-import": [imported(admin)],
        "conversion": [Conversion.objects.earliest("pk").pk],
        "cost-file": [spent(admin)],
    }


def imported(admin: User) -> int:
    """Conversions from elsewhere, of which one is refused."""
    file = b"email,at,value,currency\nanna@example.com,2026-11-01,12.50,GBP\n,2026-11-01,much,GBP\n"
    told = read_conversions(file, importing.kinds(), datetime.now(UTC))
    return importing.prepare("orders.csv", told, Source.objects.earliest("pk"), admin).pk


def defined(admin: User) -> int:
    """What counts as a conversion."""
    sold = ConversionDefinition(name="Sold by phone", channel="call", events=["call"], conditions=[
        {"fact": "outcome", "is": "is", "value": "sold"}])  # fmt: skip
    defining.save(sold, admin)
    return sold.pk


def spent(admin: User) -> int:
    """A file of costs that waits for a yes, of which a line is left out."""
    file = b"day,campaign,cost,currency,clicks\n2026-11-01,winter,10.50,GBP,7\nyesterday,winter,1,GBP,1"
    told = read_costs(file, date(2026, 12, 1))
    return cost_taking.prepare("costs.csv", told, admin).pk


def routed(admin: User) -> int:
    """A call that rings for an agent, whom somebody set ready, and a rule in shadow that would send it elsewhere."""
    agent = Agent.objects.create(user=User.objects.create(username="who answers"), skills={"bahamas": 4})
    call = ringing(facts={"calls": 3}, agent=agent.user)
    agent.queues.add(call.queue_id or 0)
    set_presence_of(agent, "ready", admin)
    asked = [{"fact": "calls", "is": "at least", "value": "2"}]
    rule = RoutingRule(name="Calls often", position=1, conditions=asked, skill="bahamas", is_shadow=True)
    save(rule, admin)
    return rule.pk


def merged(customer: Customer) -> IdentityEvent:
    """A merge by staff, a verdict, and a link that was taken back."""
    admin = User.objects.create(username="who merges")
    recorded([page(datetime.now(UTC), "Bahamas holidays", Seen("cookie", name)) for name in ("c-1", "c-2", "c-3")])
    merge(customer, customer_of("cookie", "c-1"), admin, "the same laptop")
    keep_apart(Identifier.objects.get(value="c-2"), Identifier.objects.get(value="4711"), admin)
    withdraw([merge(customer, customer_of("cookie", "c-3"), admin)], admin)
    return IdentityEvent.objects.filter(cause="staff.same").earliest("pk")


def checked(customer: Customer) -> Batch:
    """A spreadsheet of merges that was checked: a line of each outcome."""
    rows = (f"{customer.public_id},phone:07700900999", "cookie:c-2,cookie:c-3", "email:nobody@example.com,x")
    batch = prepare("people.csv", read("\n".join(("customer_a,customer_b", *rows)).encode()), None)
    finish(batch)
    return batch


def paused(source: Source, customer: Customer) -> Source:
    """A source that the breaker paused."""
    Source.objects.filter(pk=source.pk).update(paused_at=datetime.now(UTC))
    links = list(Link.objects.filter(a__customer=customer).values_list("pk", flat=True)[:3])
    source.pauses.create(customers=75, minutes=10, usual=1.5, since=datetime.now(UTC), links=links)
    return source


def webhooks_sent(customer: Customer) -> dict[str, list[Any]]:
    """What the pages of outgoing webhooks show."""
    endpoint, sent = endpoint_with_messages(customer)
    one = {name: [endpoint.pk] for name in ("webhook", "change-webhook")}
    return one | {"webhook-message": [endpoint.pk, sent.pk]}


def uploaded(customer: Customer) -> dict[str, list[Any]]:
    """What the pages of uploads show."""
    found, sent = destination_with_uploads(customer)
    one = {name: [found.pk] for name in ("upload-destination", "change-upload-destination", "upload-dry-run")}
    return one | {"upload": [found.pk, sent.pk]}


def leased(site: Source) -> Source:
    """A site with numbers, one of which somebody sees."""
    pool = pooling.fill(site, ["+441632960101", "+441632960102"], "+441632960000", hold=600, target=0.01)
    lease(pool, "c-1", {"utm_campaign": "Winter sun"}, datetime.now(UTC))
    return site


def matched() -> Run:
    """A whole pass that waits for an answer, one under way, one that failed, and their model."""
    model = trained()
    TrainedModel.objects.filter(pk=model.pk).update(metrics={"records": 3})
    TrainedModel.objects.create(version="20261119-030000", content="{}")
    Run.objects.create(state="failed", error="there is nothing to compare yet")
    Run.objects.create(state="applying", total=400, done=100, figures={"new_links": 400, "seconds": 61.2})
    figures = {"records": 3, "new_links": 1, "withdrawn_links": 1, "customers_affected": 2, "seconds": 3.1}
    waiting = Run.objects.create(state="waiting", figures=figures, model=model)
    a, b = Identifier.objects.order_by("pk").values_list("pk", flat=True)[:2]
    Change.objects.create(run=waiting, action="add", a_id=a, b_id=b, weight=8.25, reason=5)
    Change.objects.create(run=waiting, action="withdraw", a_id=a, b_id=b, weight=4.5, reason=0)
    return waiting


def decided() -> None:
    """Questions of matching, decided and open, and the figures of some days."""
    pair = list(Identifier.objects.order_by("pk")[:4])
    for other, state in zip(pair[1:], ("same", "different", "open"), strict=True):
        at = None if state == "open" else datetime.now(UTC)
        Review.objects.create(a=pair[0], b=other, weight=2, probability=0.8, reason=1, state=state, decided_at=at)
    Identifier.objects.filter(pk=pair[3].pk).update(shared="staff")
    figures = take_snapshot().figures
    for days in range(1, 20):
        joined = {"observed": days % 5, "staff": days % 3}
        day = timezone.localdate() - timedelta(days=days)
        Snapshot.objects.create(day=day, figures=figures | {"joined": joined, "backlog": 30 + days % 7})


def asked() -> Review:
    """Pairs to decide, one of them put off, one decided; the one with consents that differ."""
    admin = User.objects.create(username="who decides")
    reviews = [two_marshes(traffic=31), two_marshes(assignee=admin), two_marshes(), two_marshes()]
    decide(reviews[2], "different", admin, "they told us")
    later(reviews[3], datetime.now(UTC) + timedelta(days=7))
    first = reviews[0]
    for end, state in ((first.a, "given"), (first.b, "withdrawn")):
        Consent.objects.create(identifier=end, source=Source.objects.latest("pk"), purpose="marketing", state=state,
                               occurred_at=datetime.now(UTC))  # fmt: skip
    return first


def say_by_hand(customer: Customer) -> None:
    """What staff corrected, a value that fits no date, a field that an admin defined."""
    admin = User.objects.create(username="who corrects")
    correct(customer, "city", "Bristol", admin, is_verified=True)
    recorded([identify(datetime.now(UTC), ANNAS_LOGIN, date_of_birth="29/11/1986", tier="gold")])
    set_rules(DEFAULT.with_field(Field("tier", "Loyalty tier", FieldType.CHOICE, ("gold",))), admin, "Defined the tier")


def merge_of(customer: Any, value: str) -> str:
    """The address of a merge with whom an identifier belongs to."""
    other = Identifier.objects.filter(value=value).earliest("pk").customer.public_id
    return f"/customers/merge/?customer={customer}&customer={other}"


def variants(filled: dict[str, list[Any]]) -> dict[str, str]:
    """Screens that look otherwise when asked something."""
    asked = {
        MENU: reverse("merge-customers"),
        "a search": "/customers/?q=anna",
        "words in calls": "/calls/?q=bahamas+refund",
        "no such call": "/calls/?q=zebra&recorded=1",
        "a search with no result": "/customers/?q=zebra",
        "visitors": "/customers/?who=all",
        "a form": "/sources/add/?adapter=meta",
        "a new destination": "/uploads/0/change/?vendor=google_ads",
        "a destination that says later": "/uploads/0/change/?vendor=data_manager",
        "ranks of sources": reverse("change-rules", args=["sources"]),
        "a field's order": f"{reverse('change-rules', args=['order'])}?field=city",
        "pairs that fit": "/reviews/?reason=cluster",
        "a field of one's own": f"{reverse('change-rules', args=['field'])}?field=tier",
    }
    if filled:
        customer, source = reverse("customer", args=filled["customer"]), filled["source"]
        asked |= {
            "somebody to merge with": f"/customers/merge/?customer={filled['customer'][0]}&q=tom",
            "a merge": merge_of(filled["customer"][0], "4712"),
            "a merge that is refused": merge_of(filled["customer"][0], "c-2"),
            "a split": f"/customers/{filled['customer'][0]}/split/?identifier={Identifier.objects.get(value='c-1').pk}",
            "staff’s decisions": "/identity/?cause=staff.",
            "a filtered journey": f"{customer}?channel=call&direction=in",
            "nothing in a journey": f"{customer}?text=zebra",
            "a segment source": reverse("source", args=[Source.objects.get(namespace="shop").public_id]),
            "pairs put off": "/reviews/?state=later",
            "pairs decided": "/reviews/?state=decided",
            "a decided pair": reverse("review", args=[Review.objects.filter(state="different").latest("pk").pk]),
            "pairs at once": f"/reviews/bulk/?verdict=same&review={filled['review'][0]}",
            "a call from a shared line": reverse("desk-call", args=[Call.objects.earliest("pk").public_id]),
            "failures of one source": f"{reverse('failed-deliveries')}?source={source[0]}",
        }
    return asked


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen, and whose session it is seen in. what: as a fault names it."""

    what: str
    path: str
    session: str = ""


def session_of(role: str) -> str:
    """The session of somebody with a role."""
    user = User.objects.create(username=role, is_staff=role == "admin", is_superuser=role == "admin")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def screens(filled: dict[str, list[Any]]) -> list[Screen]:
    """Every screen: of a new installation, for those who may not, and all the others as an admin. Without anything in
    it the admin's part looks as Unfold made it, and is left out.
    """
    path, session = reverse("login"), session_of("admin")
    named = paths_of_pages(filled) | variants(filled) | (paths_of_admin() if filled else {})
    assert not filled or "journeys_agent change" in named
    return [
        Screen("sign in", path),
        Screen("not for agents", reverse("sources"), session_of("agent")),
        *(Screen(name, path, session) for name, path in named.items()),
        *masked_screens(named),
    ]


def masked_screens(named: dict[str, str]) -> list[Screen]:
    """What somebody sees who follows journeys and may not know whose they are."""
    session = session_of("marketer")
    shown = [named[name] for name in ("customers", "customer", "calls") if name in named]
    return [Screen(f"{path} for a marketer", path, session) for path in shown]


def faults(page: Page, screen: Screen) -> Iterator[str]:
    """What is wrong with a screen, at each width, light and dark."""
    page.emulate_media(color_scheme="light")
    page.goto(screen.path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(OPEN.format("details" if screen.what == MENU else "details:not(.menu)"))
        page.evaluate(STARTED)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if too_wide > 0:
            yield f"{screen.what} at {width}: it scrolls sideways by {too_wide}"
        for scheme, rules in RULES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(DRAWN)
            comes_true(page, SETTLED)
            yield from (f"{screen.what} at {width}, {scheme}: {said}" for said in page.evaluate(CHECK, rules))


def all_faults(browser: Browser, url: str, axe: str, looked_at: list[Screen]) -> Iterator[str]:
    """What is wrong with any screen. The checker is in every page from its beginning."""
    context = browser.new_context(base_url=url)
    context.add_init_script(axe)
    page = context.new_page()
    for screen in looked_at:
        context.clear_cookies()
        if screen.session:
            context.add_cookies([{"name": "sessionid", "value": screen.session, "url": url}])
        yield from faults(page, screen)


def agent_who_is_rung() -> tuple[str, Call]:
    """The session of an agent, and the call that rings for them."""
    anna()
    session = session_of("agent")
    return session, ringing("+442920180142", User.objects.get(username="agent"))


def faults_of_what_opens(page: Page, axe: str, call: Call) -> Iterator[str]:
    """What is wrong where a call pops up, the presence is chosen, somebody is looked for, and the keys are told."""
    page.goto("/desk/")
    page.evaluate(axe)
    card = page.locator(f"[data-call='{call.public_id}']")
    card.wait_for()
    opens = {
        "a call that pops up": "1",
        "the presence menu": f"{AT}('.presence-menu').open = true",
        "the keys": f"{AT}('.presence-menu').open = false; {AT}('#keys').showModal()",
        "the palette": f"{AT}('#keys').close(); {AT}('#palette').showModal()",
    }
    for what, opening in opens.items():
        page.evaluate(opening)
        if what == "the palette":
            page.get_by_role("combobox").fill("whitfield")
            page.get_by_role("option").filter(has_text="Anna Whitfield").first.wait_for()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            yield from (f"{what} at {width}: {said}" for said in page.evaluate(CHECK, EVERY_RULE))


if NPM:  # axe-core is fetched, never kept in the repository

    @pytest.fixture(scope="session")
    def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
        """The checker's script, as it is published."""
        return (fetched(AXE, tmp_path_factory.mktemp("axe")) / "axe.min.js").read_text()

    @pytest.mark.parametrize("part", range(PARTS))
    @pytest.mark.parametrize("state", ["filled", "empty"])
    def test_every_screen_is_accessible(axe: str, state: str, part: int) -> None:
        looked_at = screens(fill() if state == "filled" else {})[part::PARTS]
        with served() as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            found = list(all_faults(browser, server.url, axe, looked_at))
            browser.close()
        assert not found, "\n".join(found)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_what_opens_over_a_page_is_accessible(axe: str, scheme: Any) -> None:
        session, call = agent_who_is_rung()
        with served() as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            context = browser.new_context(base_url=server.url, color_scheme=scheme)
            context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
            found = list(faults_of_what_opens(context.new_page(), axe, call))
            browser.close()
        assert not found, "\n".join(found)
