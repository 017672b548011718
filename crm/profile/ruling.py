"""Setting the rules of survivorship, and taking a change back. Every change is kept, with who and when."""

from django.contrib.auth.models import User

from crm import changes
from crm.profile.models import RuleChange
from crm.profile.rules import DEFAULT, Rules

RULE_LOCK = 0x72756C65  # one change at a time, from its reading of what stands


def standing_rules() -> Rules:
    """The rules that decide now."""
    latest = RuleChange.objects.first()
    return latest.rules if latest else DEFAULT


def set_rules(rules: Rules, actor: User, said: str) -> RuleChange:
    """Let these rules decide from now on. said: what was changed, in words."""
    return RuleChange.objects.create(content=rules.content, actor=actor, said=said[:300])


def undo_last(change: RuleChange, actor: User) -> bool:
    """Set what stood before the last change; False when it is no longer the last."""
    return changes.undo_last(change, DEFAULT.content, actor, RULE_LOCK)
