"""How often each of many may ask. Kept in memory, in each process: nothing that it needs can be down."""

import ipaddress
from collections.abc import Hashable

MOST = 20_000  # of whom it is known how often they asked


class Buckets:
    """Each may ask `rate` times a second on average, and `burst` times at once. rate 0: as often as they like."""

    def __init__(self, rate: float, burst: float = 0, most: int = MOST) -> None:
        self.rate, self.burst, self.most = rate, burst or rate * 10, most
        self.left: dict[Hashable, tuple[float, float]] = {}  # how often still, when it was so

    def wait(self, who: Hashable, now: float) -> float:
        """Let somebody ask once; returns 0 then, else the seconds that they have to wait."""
        if not self.rate:
            return 0.0
        left = self.left_of(who, now)
        if left < 1:
            return (1 - left) / self.rate
        if who not in self.left and len(self.left) >= self.most:
            self.forget(now)
        self.left[who] = (left - 1, now)
        return 0.0

    def is_empty(self, who: Hashable, now: float) -> bool:
        """Whether somebody has to wait."""
        return bool(self.rate) and self.left_of(who, now) < 1

    def left_of(self, who: Hashable, now: float) -> float:
        left, at = self.left.get(who, (self.burst, now))
        return min(self.burst, left + (now - at) * self.rate)

    def forget(self, now: float) -> None:
        """Forget those who could ask as often as anybody; all of them, where there are too many others."""
        full = [who for who in self.left if self.left_of(who, now) >= self.burst]
        for who in full or list(self.left):
            del self.left[who]


def is_of_this_machine(address: str) -> bool:
    """Whether a request comes from this machine itself; behind a proxy, whose address it is says the proxy."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
