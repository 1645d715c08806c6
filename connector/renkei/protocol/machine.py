"""How both state machines move: the rows of a table, and nothing else.

1. Every legal move is a row of the table; the table knows who *sends*, never who *we* are.
2. What we sent and what was acknowledged are two facts: ``pending`` and ``state``.
3. No I/O, no clock, no randomness. Every move returns a new value.
4. Termination is sent only along the figure's arrows, but accepted in any state that is not final:
   the prose of the specification allows it anywhere, its figure does not.
5. Messages cross. A partner's move that is legal only after our pending one proves that ours arrived.
   Where both moves start from the same state the graver one goes first (``rank``), on both sides alike;
   of two equal ones that end the process either will do; of two equal ones that do not, the provider's goes first.
6. No move is overtaken by one that is not final while it may still be on its way: a late copy would be taken for a
   new move. So the side that goes second must hear ``protocol-crossed`` (its move is void, for good, and every
   repeat gets the same answer) before it takes the other's; until then it says ``protocol-unsettled`` (try again).

7. ``restate`` is no move: it says once more where the process stands (the figure gives a provider no way to hand a new
   data address to a consumer that has resumed). The partner may take or refuse it; both sides are where they were.
   Until it is settled only a final move is taken, for the reason that stands in 6.

With 5 to 7, and repeats answered as the first time, two peers that both have nothing on its way are in the same
state, whatever the network loses, doubles or reorders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, Flag
from typing import ClassVar, Generic, Self, TypeVar

from renkei.kernel.problems import Problem
from renkei.protocol.problems import (
    CROSSED,
    ILLEGAL_MOVE,
    NOTHING_SENT,
    OUR_ILLEGAL_MOVE,
    STILL_UNACKNOWLEDGED,
    UNSETTLED,
)


class Role(Flag):
    """The two sides of a process."""

    CONSUMER = 1
    PROVIDER = 2

    @property
    def other(self) -> Role:
        """The partner's role."""
        return ~self

    @property
    def word(self) -> str:
        """``consumer`` or ``provider``."""
        return (self.name or "").lower()


S = TypeVar("S", bound=Enum)
_ONGOING, _GOOD_END, _TERMINATION = range(3)


@dataclass(frozen=True, slots=True)
class Process(Generic[S]):
    """One contract negotiation or transfer process as one participant sees it."""

    role: Role
    state: S
    pending: S | None = None

    kind: ClassVar[str]
    moves: ClassVar[Mapping[Enum, Mapping[Enum, Role]]]
    terminated: ClassVar[Enum]

    @property
    def final(self) -> bool:
        """Nothing may follow."""
        return not self.moves[self.state]

    @property
    def settled(self) -> bool:
        """Nothing of ours is on its way."""
        return self.pending is None

    def may_send(self, target: S) -> bool:
        """Whether the figure has an arrow of ours from here to ``target``, and nothing is on its way."""
        return self.pending is None and self.role in self.moves[self.state].get(target, Role(0))

    def send(self, target: S) -> Self:
        """Intend a move; store the result together with the outgoing message.

        Raises LocalError ``protocol-still-unacknowledged`` or ``protocol-our-illegal-move``.
        """
        if self.pending is not None:
            raise STILL_UNACKNOWLEDGED(process=self.kind, pending=self.pending.name)
        if not self.may_send(target):
            raise self._illegal(OUR_ILLEGAL_MOVE, self.role, target)
        return self._at(self.state, target)

    @property
    def restating(self) -> bool:
        """What is on its way moves nothing (7)."""
        return self.pending is self.state

    def restate(self) -> Self:
        """Say our own state once more; store the result together with the outgoing message."""
        if self.pending is not None or self.final:
            raise self._illegal(OUR_ILLEGAL_MOVE, self.role, self.state)
        return self._at(self.state, self.state)

    def acknowledged(self) -> Self:
        """The partner took our message: only now are both sides in the new state."""
        if self.pending is None:
            raise NOTHING_SENT(process=self.kind)
        return self._at(self.pending, None)

    def abandoned(self) -> Self:
        """Our message was refused or could not be delivered: the move has not happened."""
        if self.pending is None:
            raise NOTHING_SENT(process=self.kind)
        return self._at(self.state, None)

    def receive(self, target: S) -> Self:
        """The partner's move.

        Raises PeerError ``protocol-illegal-move``, ``protocol-crossed`` (remember this answer: the partner's move is
        void) or ``protocol-unsettled`` (the partner shall try again); the state has not changed then.
        """
        if self.pending is not None and (self.restating or not self._may_receive(self.pending, target)):
            self._settle_crossing(target, self.pending)
        elif self.pending is None and not self._may_receive(self.state, target):
            raise self._illegal(ILLEGAL_MOVE, self.role.other, target)
        return self._at(target, None)

    def _settle_crossing(self, target: S, pending: S) -> None:
        """Return if the partner's move goes first and may be taken now."""
        if not self._may_receive(self.state, target):
            raise self._illegal(ILLEGAL_MOVE, self.role.other, target)
        ours, theirs = self._rank(pending), self._rank(target)
        if self.restating:
            ours = -1
        if theirs < ours or (theirs == ours == _ONGOING and self.role is Role.PROVIDER):
            raise CROSSED(process=self.kind, target=target.name, pending=pending.name)
        if theirs == _ONGOING:
            raise UNSETTLED(process=self.kind, target=target.name, pending=pending.name)

    def _may_receive(self, origin: S, target: S) -> bool:
        if target is self.terminated:
            return bool(self.moves[origin])
        return self.role.other in self.moves[origin].get(target, Role(0))

    def _rank(self, target: S) -> int:
        """Ongoing moves, then good ends, then termination."""
        if target is self.terminated:
            return _TERMINATION
        return _ONGOING if self.moves[target] else _GOOD_END

    def _at(self, state: S, pending: S | None) -> Self:
        return type(self)(self.role, state, pending)

    def _illegal(self, problem: Problem, sender: Role, target: S) -> Exception:
        return problem(process=self.kind, sender=sender.word, origin=self.state.name, target=target.name)
