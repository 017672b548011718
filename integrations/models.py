"""Gathers the models of integrations' rooms, for Django to find."""

from integrations.inbox.models import Delivery, FailedDelivery, PausedDelivery, Pending, Rejection, Tally, Trail
from integrations.tracking.models import Lease, NumberPool, TrackedCall, TrackingNumber, Unserved

__all__ = [
    "Delivery",
    "FailedDelivery",
    "Lease",
    "NumberPool",
    "PausedDelivery",
    "Pending",
    "Rejection",
    "Tally",
    "TrackedCall",
    "TrackingNumber",
    "Trail",
    "Unserved",
]
