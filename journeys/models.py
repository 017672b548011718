"""Gathers the models of journeys' rooms, for Django to find."""

from journeys.interactions.models import Interaction, Part, Session

__all__ = ["Interaction", "Part", "Session"]
