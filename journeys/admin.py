"""Gathers the admin pages of journeys' rooms, for Django to find."""

from journeys.calls.admin import AgentAdmin, QueueAdmin

__all__ = ["AgentAdmin", "QueueAdmin"]
