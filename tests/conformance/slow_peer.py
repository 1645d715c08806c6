"""A peer that answers before it has stored: what follows in order is refused until it has caught up, in every fashion."""

from __future__ import annotations

from random import Random

from renkei.testing import Fate

FASHIONS = (404, 408, 409, 425, 429, 500, 502, 503, Fate.LOSE, Fate.LOSE_ANSWER)
"""As seen in the field: it does not know the process yet, is in another state, is busy, crashes, or stays silent."""


class SlowPeer:
    """A weather over what is sent to one origin: each message is taken only some seconds after it was first seen.

    ``lag``: the longest it takes; ``fashions``: how it refuses; ``refusals`` counts what was not taken.
    """

    def __init__(self, seed: int, clock, origin: str, *, lag: float, fashions=FASHIONS) -> None:
        self._random, self._fashions = Random(seed), fashions
        self._clock, self._origin, self._lag = clock, origin, lag
        self._ready: dict[tuple[str, bytes], float] = {}
        self.refusals = 0

    def __call__(self, passage):
        if passage.origin != self._origin or passage.method != "POST":
            return Fate.DELIVER
        now = self._clock.now().timestamp()
        # A repeat is the same bytes at the same place.
        ready = self._ready.setdefault((passage.url, passage.body), now + self._random.random() * self._lag)
        if now >= ready:
            return Fate.DELIVER
        self.refusals += 1
        return self._random.choice(self._fashions)
