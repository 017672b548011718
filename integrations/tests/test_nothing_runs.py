"""What attackers write is text: a corpus of scripts goes through every door, and every screen opens in a browser."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Dialog, Page, Request, sync_playwright

from crm.batches.preparing import prepare
from crm.batches.reading import read
from crm.batches.running import finish
from crm.identity.models import Identifier
from crm.sources.models import Source
from integrations.inbox.draining import drain
from integrations.inbox.tests.asking import ask, basic
from integrations.tests.test_accessibility import FLAGS, session_of
from journeys.desk.tests.factories import ringing
from journeys.interactions.models import Interaction, Session
from journeys.listening.adding import add_transcript
from journeys.listening.models import Conversation
from journeys.tests.factories import ANNAS_EMAIL, ANNAS_PHONE, call, customer_of, mail, message, recorded, source
from journeys.tests.serving import served
from journeys.work.cases import open_case
from journeys.work.deeds import Hand
from journeys.work.models import Case
from journeys.work.noting import note
from journeys.work.tasking import add_task

pytestmark = pytest.mark.django_db(transaction=True)
RUN = "window.__ran=(window.__ran||0)+1"
CORPUS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg/onload={RUN}>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' onmouseover='{RUN}' style='position:fixed;inset:0' x='",
    f"javascript:{RUN}",
    f"</textarea></title></script><script>{RUN}</script>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"<a href='javascript:{RUN}' id=clicked>x</a>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<form action=javascript:{RUN}><button>x</button></form>",
    f"<div hx-on:load='{RUN}' hx-get=/sign-out/ hx-trigger=load data-open=x>x</div>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'><base href=//evil.example/>",
    f"]]>--><!--<svg><![CDATA[><script>{RUN}</script>",
    "=cmd|' /C calc'!A0",
    "\u2028\u202e</script>",
)
ALL = " ".join(CORPUS)
VTT = f"WEBVTT\n\n00:00:00.500 --> 00:00:02.000\n<v Customer>{ALL}\n"


def web_events() -> list[dict[str, Any]]:
    """What a browser sends that was told to say these things everywhere."""
    at, person = datetime.now(UTC).isoformat(), {"anonymousId": "c-1", "userId": "u-1"}
    pages: list[dict[str, Any]] = [
        {"type": "page", "name": one, "properties": {"title": one, "url": f"https://www.example.com/?q={quote(one)}"},
         "context": {"campaign": {"name": one, "source": one}, "page": {"title": one, "referrer": one, "url": one},
                     "userAgent": one}}
        for one in CORPUS
    ]  # fmt: skip
    traits = {"firstName": ALL, "lastName": CORPUS[1], "email": "anna@example.com", "phone": "07700900142",
              "custom": ALL, CORPUS[2]: ALL, "address": {"city": ALL}}  # fmt: skip
    tracks = [{"type": "track", "event": one, "properties": {"name": one, "order_id": one}} for one in CORPUS]
    told = [*pages, {"type": "identify", "traits": traits}, *tracks, {"type": "track", "event": "x", "userId": ALL}]
    return [{**person, **one, "messageId": f"m-{n}", "timestamp": at} for n, one in enumerate(told)]


def fill(agent: User) -> list[str]:
    """The corpus through every door; returns where somebody would look for it."""
    now = datetime.now(UTC)
    shop = Source.objects.create(name=f"shop {CORPUS[1]}", adapter="segment", namespace="shop")
    sent = orjson.dumps({"batch": web_events()})
    assert ask("/v1/batch", sent, headers=basic(shop.write_key)).status == 200
    assert ask("/v1/batch", b'{"batch": [{"type": "' + RUN.encode() + b'"}]}', headers=basic(shop.write_key)).status
    while drain():
        pass
    seen = mails_and_messages(now)
    whose = customer_of("login", "u-1")
    hand, ident = Hand(agent), Identifier.objects.get(kind="login", value="u-1").pk
    open_case(ident, ALL[:190], hand, order=CORPUS[0][:40])
    add_task(ident, ALL[:190], now - timedelta(hours=1), hand)
    note(ident, f"@{agent.username} {ALL}", hand)
    made = ringing(agent=agent, customer=whose, confidence=0.9, facts={"pages": {ALL: 6}}, reason=ALL[:190])
    batch = prepare(f"{CORPUS[1]}.csv", read(f"customer_a,customer_b\n{CORPUS[1]},{CORPUS[15]}".encode()), agent, ALL)
    finish(batch)
    public, call_id = whose.public_id, made.public_id
    parts = ("", "traits/", "why/", "history/", "consents/", "looks/", "split/", "?text=img")
    return [
        *(f"/customers/{public}/{part}" for part in parts), f"/customers/merge/?customer={public}",
        "/customers/?who=all", f"/customers/?q={quote(CORPUS[1])}", "/desk/", f"/desk/calls/{call_id}/",
        f"/desk/customers/{public}/", "/desk/calls/open/", "/calls/", "/calls/?q=img", "/queues/", "/routing/",
        *(f"/desk/cases/{one}/" for one in Case.objects.values_list("pk", flat=True)), "/palette/?q=img",
        *(f"/calls/{one}/" for one in Conversation.objects.values_list("public_id", flat=True)[:1]),
        *(f"/visits/{one}/" for one in Session.objects.values_list("pk", flat=True)[:1]),
        f"/batches/{batch.pk}/", "/sources/", f"/sources/{shop.public_id}/", "/deliveries/", "/audit/", "/identity/",
        f"/deliveries/?source={shop.public_id}", "/golden-record/", "/admin/crm/identifier/", "/admin/crm/source/",
        "/admin/", *seen,
    ]  # fmt: skip


def mails_and_messages(now: datetime) -> list[str]:
    """The corpus as mails (their HTML too), messages and a call with a transcript; where they are read."""
    html = f"<html><body>{ALL}<img src='https://evil.example/pixel.gif'></body></html>"
    recorded([mail(now, ALL[:900], ALL, ANNAS_EMAIL, html=html, files=[CORPUS[1]], key=f"<m{n}@x>") for n in (1, 2)],
             source("mails", "postmark"))  # fmt: skip
    recorded([message(now, ALL)], source("Instagram", "meta"))
    recorded([call(now, ANNAS_PHONE, key="CA-xss", to=ALL, agent=ALL)], source("phone line", "twilio"))
    for found in Conversation.objects.all():
        add_transcript(found, SimpleUploadedFile(f"{CORPUS[1]}.vtt", VTT.encode()), None)
    kinds = dict(Interaction.objects.order_by("-pk").values_list("kind", "pk"))
    return [f"/interactions/{one}/" for one in kinds.values()]


def opened(page: Page, addresses: list[str]) -> list[str]:
    """The addresses at which something ran, or something was fetched from elsewhere."""
    elsewhere: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        elsewhere.append(dialog.message)
        dialog.dismiss()

    def note_request(asked: Request) -> None:
        if "evil.example" in asked.url:
            elsewhere.append(asked.url)

    page.on("dialog", note_dialog)
    page.on("request", note_request)
    found = []
    for address in addresses:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.evaluate("document.querySelectorAll('#clicked, [id=clicked]').forEach(one => one.click())")
        if page.evaluate("window.__ran || 0") or elsewhere:
            found.append(f"{address} {elsewhere}")
            elsewhere.clear()
    return found


def test_no_script_that_came_through_a_door_runs_on_any_screen(client: Client) -> None:
    session = session_of("admin")
    admin = User.objects.get(username="admin")
    screens = fill(admin)
    client.force_login(admin)
    shown = [one for one in screens if "onerror" in client.get(one, follow=True).content.decode()]
    assert len(shown) > 20, shown
    with served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context(base_url=server.url)
        context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
        found = opened(context.new_page(), screens)
        browser.close()
    assert found == []


def test_the_browser_would_have_told() -> None:
    """The same look finds a script where there is one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        found = opened(browser.new_page(), [f"data:text/html,{quote(CORPUS[0])}"])
        browser.close()
    assert len(found) == 1
