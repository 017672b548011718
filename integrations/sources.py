"""Every provider that Throughline can be connected to: one folder, and one line here."""

from integrations.adapter import Adapter
from integrations.email.adapter import EMAIL_ADAPTERS
from integrations.meta.adapter import Meta
from integrations.records.adapter import Records
from integrations.segment.adapter import Segment
from integrations.twilio.adapter import Twilio

ADAPTERS: tuple[Adapter, ...] = (Segment(), Twilio(), Meta(), *EMAIL_ADAPTERS, Records())
SOURCES: dict[str, Adapter] = {adapter.name: adapter for adapter in ADAPTERS}
