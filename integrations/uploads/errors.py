"""What can go wrong when conversions are told to others."""


class NoAccess(Exception):
    """They let us not in: a person has to put the credentials right."""
