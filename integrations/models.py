"""Gathers the models of integrations' rooms, for Django to find."""

from integrations.inbox.models import Delivery, FailedDelivery, PausedDelivery, Pending, Rejection, Tally, Trail
from integrations.tracking.models import Lease, NumberPool, TrackedCall, TrackingNumber, Unserved
from integrations.uploads.models import Destination, Recall, Upload, UploadAnswer, UploadNote
from integrations.webhooks.models import Endpoint, Happening, WebhookAttempt, WebhookMessage, WebhookPlace

__all__ = [
    "Delivery",
    "Destination",
    "Endpoint",
    "FailedDelivery",
    "Happening",
    "Lease",
    "NumberPool",
    "PausedDelivery",
    "Pending",
    "Recall",
    "Rejection",
    "Tally",
    "TrackedCall",
    "TrackingNumber",
    "Trail",
    "Unserved",
    "Upload",
    "UploadAnswer",
    "UploadNote",
    "WebhookAttempt",
    "WebhookMessage",
    "WebhookPlace",
]
