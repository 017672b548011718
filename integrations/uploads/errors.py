"""What can go wrong when conversions are told to others."""


class NoAccess(Exception):
    """They let us not in: a person has to put the credentials right."""


class NotNow(Exception):
    """They cannot be asked at the moment: it is tried again by itself."""
