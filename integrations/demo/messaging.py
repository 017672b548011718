"""Instagram, Messenger and WhatsApp messages, as Meta's webhooks notify of them. Pure."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.demo.letters import SOCIAL, Scene
from integrations.demo.people import Person

INSTAGRAM, PAGE = "17841455020180600", "104455020180600"
WHATSAPP, WHATSAPP_NUMBER, WHATSAPP_PHONE = "215500201806001", "442920180600", "318800201806002"
ACCOUNTS = {"instagram": INSTAGRAM, "page": PAGE}


class Chat:
    """A conversation with one person on one platform: instagram, page (Messenger) or whatsapp."""

    def __init__(self, scene: Scene, person: Person, platform: str) -> None:
        self.scene, self.person, self.platform = scene, person, platform

    @property
    def shown_name(self) -> str:
        """The name in the WhatsApp profile: most people's whole one."""
        return self.person.name if self.person.index % 4 else self.person.given

    def say(self, at: datetime, text: str) -> str:
        """The customer writes; returns the message's id."""
        return self.write(at, text, is_ours=False)

    def answer(self, at: datetime, text: str) -> str:
        """An agent writes."""
        return self.write(at, text, is_ours=True)

    def write(self, at: datetime, text: str, is_ours: bool) -> str:
        if self.platform == "whatsapp":
            return self.write_on_whatsapp(at, text, is_ours)
        mid = "m_" + self.scene.hex(48)
        ours, theirs = {"id": ACCOUNTS[self.platform]}, {"id": self.person.handle}
        message = {"mid": mid, "text": text} | ({"is_echo": True} if is_ours else {})
        messaging = {
            "sender": ours if is_ours else theirs, "recipient": theirs if is_ours else ours,
            "timestamp": int(at.timestamp() * 1000), "message": message,
        }  # fmt: skip
        entry = {"id": ours["id"], "time": int(at.timestamp() * 1000), "messaging": [messaging]}
        self.scene.send(at, SOCIAL, {"object": self.platform, "entry": [entry]})
        return mid

    def write_on_whatsapp(self, at: datetime, text: str, is_ours: bool) -> str:
        wamid, number = new_wamid(self.scene), self.person.phone.lstrip("+")
        message = {"id": wamid, "timestamp": str(int(at.timestamp())), "type": "text", "text": {"body": text}}
        if is_ours:
            message |= {"from": WHATSAPP_NUMBER, "to": number}
            notify(self.scene, at, "smb_message_echoes", {"message_echoes": [message]})
            self.delivered(at, wamid)
        else:
            contact = {"profile": {"name": self.shown_name}, "wa_id": number}
            notify(self.scene, at, "messages", {"contacts": [contact], "messages": [{"from": number, **message}]})
        return wamid

    def delivered(self, at: datetime, wamid: str) -> None:
        """What becomes of a message of ours."""
        at += self.scene.minutes(0.1, 30)
        status = {
            "id": wamid, "status": "read", "timestamp": str(int(at.timestamp())),
            "recipient_id": self.person.phone.lstrip("+"),
        }  # fmt: skip
        notify(self.scene, at, "messages", {"statuses": [status]})

    def react(self, at: datetime, wamid: str, emoji: str) -> None:
        """The customer reacts to a message of ours (WhatsApp)."""
        number = self.person.phone.lstrip("+")
        message = {
            "from": number, "id": new_wamid(self.scene), "timestamp": str(int(at.timestamp())), "type": "reaction",
            "reaction": {"message_id": wamid, "emoji": emoji},
        }  # fmt: skip
        contact = {"profile": {"name": self.shown_name}, "wa_id": number}
        notify(self.scene, at, "messages", {"contacts": [contact], "messages": [message]})

    def change_number(self, at: datetime, new: str) -> None:
        """WhatsApp says that somebody has a new number."""
        old, new = self.person.phone.lstrip("+"), new.lstrip("+")
        system = {
            "body": f"{self.person.given} changed from {old} to {new}",
            "wa_id": new,
            "type": "user_changed_number",
        }
        message = {
            "from": old, "id": new_wamid(self.scene), "timestamp": str(int(at.timestamp())), "type": "system",
            "system": system,
        }  # fmt: skip
        notify(self.scene, at, "messages", {"messages": [message]})


def new_wamid(scene: Scene) -> str:
    return "wamid." + b64encode(scene.dice.randbytes(33)).decode()


def notify(scene: Scene, at: datetime, field: str, value: Mapping[str, Any]) -> None:
    metadata = {"display_phone_number": WHATSAPP_NUMBER, "phone_number_id": WHATSAPP_PHONE}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    change = {"field": field, "value": whole}
    scene.send(at, SOCIAL, {"object": "whatsapp_business_account", "entry": [{"id": WHATSAPP, "changes": [change]}]})
