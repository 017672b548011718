"""What an API key can be limited to. Each view of the API says what it is about; asking is `read`, all else `write`."""

SCOPES = {
    "customers:read": "find customers, read their golden record and why they are one",
    "interactions:read": "read journeys",
    "attribution:read": "read what channels earned",
    "uploads:read": "read what ad platforms were told of conversions",
    "segments:read": "read segments, and who is in them",
    "calls:read": "read calls and their transcripts",
    "calls:write": "hand in transcripts",
    "consents:read": "read what customers allow and took back",
    "consents:write": "note what they say",
    "conversions:read": "read what journeys were worth",
    "conversions:write": "note what was bought elsewhere",
    "decisions:read": "read the pairs that wait for a decision",
    "decisions:write": "merge, split, withdraw links, decide pairs",
    "erasures:read": "read who was asked to be erased, and the certificates",
    "erasures:write": "ask that a customer be erased; a person says yes",
    "work:read": "read cases, tasks and notes",
    "work:write": "open cases, add tasks, write notes",
    "sources:read": "read which systems are connected",
    "deliveries:read": "read what failed to come in",
    "deliveries:write": "have it tried again",
    "webhooks:read": "read whom outgoing webhooks go to, and what they were told",
    "webhooks:write": "add and change them, pause and remove them, test them, tell them again",
}


def scope_of(about: str, is_asking: bool) -> str:
    """The scope that a request needs; "" where the view is about nothing that is limited."""
    return f"{about}:{'read' if is_asking else 'write'}" if about else ""
