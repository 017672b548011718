"""Gathers the models of integrations' rooms, for Django to find."""

from integrations.inbox.models import Delivery, FailedDelivery, PausedDelivery, Pending, Rejection, Tally

__all__ = ["Delivery", "FailedDelivery", "PausedDelivery", "Pending", "Rejection", "Tally"]
