"""Gathers the models of journeys' rooms, for Django to find."""

from journeys.calls.models import Agent, Call, Queue, RoutingRule
from journeys.interactions.models import Interaction, Part, Session

__all__ = ["Agent", "Call", "Interaction", "Part", "Queue", "RoutingRule", "Session"]
