"""Gathers the models of integrations' rooms, for Django to find."""

from integrations.inbox.models import Delivery, FailedDelivery, PausedDelivery, Pending, Rejection, Tally, Trail
from integrations.tracking.models import Lease, NumberPool, TrackedCall, TrackingNumber, Unserved
from integrations.webhooks.models import Endpoint, Happening, WebhookAttempt, WebhookMessage, WebhookPlace

__all__ = [
    "Delivery",
    "Endpoint",
    "FailedDelivery",
    "Happening",
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
    "WebhookAttempt",
    "WebhookMessage",
    "WebhookPlace",
]
