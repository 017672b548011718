"""Raw deliveries of the erased are found by what they became and by reading them, not by whose words stand in them."""

import base64
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db.models import Model
from django.utils import timezone

from crm.identity.models import Identifier
from crm.privacy.erasing.carrying import finish_all
from crm.privacy.erasing.models import Erasure
from crm.privacy.erasing.words import Words
from crm.sources.models import Source
from integrations.adapter import Event
from integrations.inbox.decoding import readings
from integrations.inbox.draining import drain_all
from integrations.inbox.models import ERASED, Delivery, FailedDelivery, PausedDelivery, Pending, Trail
from integrations.inbox.receiving import raw, receive
from integrations.sources import SOURCES
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, PHONE, LOGIN = "una.canary@example.com", "+447700900777", "una-canary"


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def made_source(adapter: str) -> Source:
    return Source.objects.create(name=adapter, adapter=adapter, namespace="shop", is_trusted=True)


def sent(key: str, **told: Any) -> Event:
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    kind = str(told.pop("kind", "track"))
    return Event(key, at, orjson.dumps({"type": kind, "messageId": key, "timestamp": at, "sentAt": at} | told))


def identify(key: str = "i1") -> Event:
    return sent(key, kind="identify", userId=LOGIN, traits={"email": EMAIL, "phone": PHONE})


def mail(sender: str, *to: str, said: str = "Hello", key: str = "m1") -> Event:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, ", ".join(to), "An order"
    letter["Message-ID"], letter["Date"] = f"<{key}@mail.example>", "Fri, 27 Nov 2026 10:00:00 +0000"
    letter.set_content(said, cte="base64")
    return Event(f"<{key}@mail.example>", f"{timezone.now().isoformat()} message/rfc822", letter.as_bytes())


def arrive(source: Source, *events: Event) -> None:
    receive(source, events)
    drain_all()


def erase() -> None:
    who = Identifier.objects.get(value=LOGIN).customer_id
    Erasure.objects.create(customer_id=who, state=Erasure.State.STARTING)
    finish_all()


def kept(key: str) -> str:
    return Delivery.objects.get(key=key).body


def left() -> list[str]:
    """The keys of the deliveries of which anything is left."""
    return sorted(Delivery.objects.exclude(body="").values_list("key", flat=True))


def test_another_persons_payload_in_which_the_same_number_stands_is_left_as_it_came() -> None:
    shop = made_source("segment")
    arrive(shop, identify(), sent("o1", userId="somebody-else", event="Rang", properties={"note": f"{PHONE} {LOGIN}"}))
    before = kept("o1")
    erase()
    assert kept("o1") == before
    assert left() == ["o1"]


def test_a_record_becomes_no_interaction_and_goes_all_the_same() -> None:
    arrive(made_source("segment"), identify())
    records, told = made_source("records"), {"id": "4711", "email": [EMAIL], "traits": {"given_name": "Una"}}
    arrive(records, Event("r1", timezone.now().isoformat(), orjson.dumps(told)))
    assert not FailedDelivery.objects.exists(), FailedDelivery.objects.values("reason")
    assert Trail.objects.filter(identifier__isnull=False).exists()
    erase()
    assert left() == []
    assert not Trail.objects.exists()


def test_a_call_tells_of_itself_in_several_deliveries_and_all_of_them_go() -> None:
    arrive(made_source("segment"), identify())
    phones = made_source("telephony")
    for event in ("ringing", "answered", "ended"):
        told = {"event": event, "call_id": "C1", "from": PHONE, "to": "+441632960000", "direction": "in",
                "at": timezone.now().isoformat()}  # fmt: skip
        arrive(phones, Event(f"{event}:x:C1", f"json {told['at']}", orjson.dumps(told)))
    assert Interaction.objects.filter(key="C1").exists()
    erase()
    assert left() == []
    assert not Interaction.objects.exists()


def test_a_mail_whose_body_is_in_base64_goes() -> None:
    arrive(made_source("segment"), identify())
    arrive(made_source("mailbox"), mail(EMAIL, "us@shop.example", said=f"I am {PHONE}"))
    assert Interaction.objects.filter(channel="email").exists()
    erase()
    assert left() == []


def test_what_is_recorded_of_others_stays_when_a_mail_to_several_goes() -> None:
    arrive(made_source("segment"), identify())
    box = made_source("mailbox")
    Source.objects.filter(pk=box.pk).update(settings={"own_domains": ["shop.example"]})
    box.refresh_from_db()
    arrive(box, mail("us@shop.example", EMAIL, "tom@example.org"))
    assert Interaction.objects.filter(channel="email").count() == 2
    receive(box, [mail("us@shop.example", EMAIL, "tom@example.org", key="m2")])  # this one waits still
    erase()
    drain_all()
    assert Interaction.objects.filter(channel="email", identifier__value="tom@example.org").count() == 2
    [rest] = left()
    assert rest.startswith(ERASED)
    assert EMAIL not in kept(rest)


@pytest.mark.parametrize("where", [FailedDelivery, PausedDelivery, Pending])
def test_of_what_is_of_several_people_and_not_recorded_yet_only_theirs_goes(where: type[Model]) -> None:
    arrive(made_source("segment"), identify())
    box = made_source("mailbox")
    Source.objects.filter(pk=box.pk).update(settings={"own_domains": ["shop.example"]})
    box.refresh_from_db()
    receive(box, [mail("us@shop.example", EMAIL, "tom@example.org", key="m2", said="The sea view is yours")])
    waiting = Delivery.objects.get(source=box)
    if where is not Pending:
        Pending.objects.all().delete()
        more = {"reason": f"{EMAIL} is odd", "failed_at": timezone.now()} if where is FailedDelivery else {}
        where._default_manager.create(delivery=waiting, source=box, **more)
    erase()
    waiting.refresh_from_db()
    assert left() == [waiting.key] == [f"{ERASED}:{waiting.pk}"]
    assert EMAIL not in waiting.body
    assert "tom@example.org" in waiting.body
    if where is not Pending:
        where._default_manager.all().delete()
        Pending.objects.create(delivery=waiting, available_at=timezone.now())
    drain_all()
    [recorded] = Interaction.objects.filter(channel="email")
    assert recorded.identifier.value == "tom@example.org"
    assert "sea view" in recorded.body


def test_what_could_not_be_read_is_searched_by_its_words_decoded_first() -> None:
    shop = made_source("segment")
    arrive(shop, identify())
    packed = base64.b64encode(b"x" * 30 + f" from {EMAIL} ".encode())
    events = [
        Event("b1", "x", b"not JSON: " + packed),
        Event("b2", "x", b'{"type": "unheard", "said": "una\\u002ecanary\\u0040example.com"}'),
        Event("b3", "x", b"quoted: una.canary=40example=2Ecom"),
        Event("b4", "x", b"a form: email=una.canary%40example.com&x=1"),
        Event("b5", "x", b"of another: xuna.canary@example.com 447700900777123"),
    ]
    arrive(shop, *events)
    assert FailedDelivery.objects.count() == 5
    erase()
    assert left() == ["b5"]
    assert set(FailedDelivery.objects.exclude(delivery__key="b5").values_list("reason", flat=True)) == {ERASED}


def test_keys_go_too_and_the_same_event_sent_again_is_known_by_whom_it_is_of() -> None:
    shop = made_source("segment")
    arrive(shop, identify(), sent(f"of-{LOGIN}-7", userId=LOGIN, event="Bought"))
    erase()
    arrive(shop, sent(f"of-{LOGIN}-7", userId=LOGIN, event="Bought"))
    assert not Interaction.objects.exists()
    assert {key.partition(":")[0] for key in Delivery.objects.values_list("key", flat=True)} == {ERASED}
    assert left() == []


def test_words_are_found_in_every_reading_and_not_within_others() -> None:
    words = Words([("email", EMAIL), ("phone", PHONE)])
    for said in (EMAIL.upper(), "Tel: 07700 900-777.", "(+44) 7700 900777", f"<{EMAIL}>", "a\\nuna.canary@example.com"):
        assert words.stand_in(said), said
    for said in (f"x{EMAIL}", f"{EMAIL}.uk", "9077009007771", "canary", ""):
        assert not words.stand_in(said), said
    nested = base64.b64encode(orjson.dumps({"mail": base64.b64encode(mail(EMAIL, "a@b.example").body).decode()}))
    assert any(words.stand_in(text) for text in readings(b"payload " + nested))


def test_every_adapter_leaves_a_trail_to_whose_its_deliveries_are() -> None:
    """A delivery that is recorded is told by its key, by its trail, or is searched by its words."""
    assert {"segment", "records", "telephony", "mailbox"} <= SOURCES.keys()
    arrive(made_source("segment"), identify())
    assert not Trail.objects.exists()  # the busiest door pays nothing
    assert raw(kept("i1"))
