"""Every provider that Throughline can be connected to: one folder, and one line here."""

from integrations.adapter import Adapter, Switchboard
from integrations.email.adapter import EMAIL_ADAPTERS
from integrations.meta.adapter import Meta
from integrations.records.adapter import Records
from integrations.segment.adapter import Segment
from integrations.telephony.adapter import Telephony
from integrations.twilio.adapter import Twilio

ADAPTERS: tuple[Adapter, ...] = (Segment(), Twilio(), Telephony(), Meta(), *EMAIL_ADAPTERS, Records())
SOURCES: dict[str, Adapter] = {adapter.name: adapter for adapter in ADAPTERS}
SWITCHBOARDS: dict[str, Switchboard] = {one.name: one for one in ADAPTERS if isinstance(one, Switchboard)}
