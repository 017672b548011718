"""The same server and browser as the tests of the customers' screens."""

from journeys.customers.tests.conftest import browser, open_page, server

__all__ = ["browser", "open_page", "server"]
