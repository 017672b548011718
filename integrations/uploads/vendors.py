"""Whom conversions can be told to. One more is one module and one line."""

from integrations.uploads.data_manager import DataManager
from integrations.uploads.ga4 import GA4
from integrations.uploads.google_ads import GoogleAds
from integrations.uploads.meta import Meta
from integrations.uploads.parcels import Vendor

EVERY: tuple[Vendor, ...] = (DataManager(), GoogleAds(), GA4(), Meta())
VENDORS: dict[str, Vendor] = {one.key: one for one in EVERY}
