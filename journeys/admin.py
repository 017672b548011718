"""Gathers the admin pages of journeys' rooms, for Django to find."""

from journeys.calls.admin import AgentAdmin, QueueAdmin, RoutingRuleAdmin

__all__ = ["AgentAdmin", "QueueAdmin", "RoutingRuleAdmin"]
