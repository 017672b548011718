"""The REST API at /api/v1/: what all of its addresses share, and those of customers."""
