"""Which roles may do what: every set of roles is named here, once."""

from typing import NamedTuple

from crm.privacy.models import Role

AGENT, LEAD, MARKETER = Role.AGENT.value, Role.LEAD.value, Role.MARKETER.value
ADMIN, PRIVACY, AUDITOR = Role.ADMIN.value, Role.PRIVACY.value, Role.AUDITOR.value

EVERY_ROLE = frozenset(Role.values)
HAS_SCREENS = EVERY_ROLE - {Role.INTEGRATION.value}
SEES_CUSTOMERS = frozenset({AGENT, LEAD, MARKETER, ADMIN, PRIVACY})
WORKS = frozenset({AGENT, LEAD, ADMIN})
KNOWS_CUSTOMERS = SEES_CUSTOMERS - {MARKETER}
HEARS = WORKS | {PRIVACY}
SUPERVISES = frozenset({LEAD, ADMIN})
SETS_TACT = frozenset({ADMIN, PRIVACY})
NOTES_CONSENTS = WORKS | {PRIVACY}
OVERSEES = frozenset({ADMIN, PRIVACY, AUDITOR})
ERASES = frozenset({ADMIN, PRIVACY})
WATCHES = frozenset({ADMIN, PRIVACY})
EXPORTS = frozenset({ADMIN, PRIVACY})
HANDLES_REQUESTS = frozenset({ADMIN, PRIVACY})
RETAINS = frozenset({ADMIN, PRIVACY})
CORRECTS = WORKS | {PRIVACY}
HOLDS = frozenset({ADMIN, PRIVACY})
INSPECTS = frozenset({ADMIN, AUDITOR})
EXPLORES = frozenset({MARKETER, LEAD, ADMIN})
LOOKS_AT_ROUTING = SUPERVISES | INSPECTS
ADMINISTERS = frozenset({ADMIN})
ATTRIBUTES = frozenset({MARKETER, LEAD, ADMIN})
IMPORTS_COSTS = frozenset({MARKETER, ADMIN})
GROUPS_CHANNELS = frozenset({MARKETER, ADMIN})
CROSSES_WALLS = frozenset({ADMIN, PRIVACY})
NEEDS_FACTOR = frozenset({ADMIN, PRIVACY})  # a password alone does not let them in


class Right(NamedTuple):
    """Something that roles may do. said: as the README tells it."""

    said: str
    roles: frozenset[str]


RIGHTS = {
    "see-customers": Right("See customers, their journeys and calls; search", SEES_CUSTOMERS),
    "know-customers": Right(
        "See at once who they are; others see masked journeys, and a person for a reason", KNOWS_CUSTOMERS
    ),
    "cross-walls": Right(
        "See the customers of every brand; others see those of no brand and of their own", CROSSES_WALLS
    ),
    "explore": Right(
        "Explore every interaction by what it was, keep views of that, take it out as files; make segments", EXPLORES
    ),
    "attribute": Right("See what channels earned, by any model of attribution", ATTRIBUTES),
    "import-costs": Right("Take in what campaigns cost, and undo that", IMPORTS_COSTS),
    "hear": Right("Listen to recordings of calls", HEARS),
    "work": Right("Work at the desk: calls, notes, tasks, cases; hand in transcripts", WORKS),
    "supervise": Right("Watch the queues, set agents ready or away, end anybody’s call", SUPERVISES),
    "look-at-routing": Right("Look at the rules of routing and every change of them", LOOKS_AT_ROUTING),
    "inspect": Right("Read the identity log, the figures of matching, the rules and every change of them", INSPECTS),
    "oversee": Right(
        "Read the audit log, all of it and of one customer, the history of rows, and alerts of unusual viewing",
        OVERSEES,
    ),
    "erase": Right("Have a customer erased: one asks, another says yes", ERASES),
    "watch": Right("Look into alerts of unusual viewing", WATCHES),
    "export": Right("Have everything held on a customer exported: one asks, another checks it", EXPORTS),
    "handle-requests": Right("Note and close what customers ask for by right", HANDLES_REQUESTS),
    "retain": Right("Set how long what is kept; see what goes tonight", RETAINS),
    "hold": Right("Put a legal hold on a customer, so that nothing of them goes, and lift it", HOLDS),
    "correct": Right("Correct what is known of a customer, and take that back", CORRECTS),
    "note-consents": Right("Note what a customer allows or takes back, and how they said so", NOTES_CONSENTS),
    "set-tact": Right("Set what may be said and what consent is asked for; nothing is hidden from them", SETS_TACT),
    "group-channels": Right("Set which channel group a touchpoint is in, and undo that", GROUPS_CHANNELS),
    "administer": Right("Merge, split, decide duplicates; sources, rules, routing, matching, logins", ADMINISTERS),
}
