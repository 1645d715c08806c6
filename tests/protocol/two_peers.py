"""Two peers, their outboxes, and a network that loses, doubles and reorders: the world in which the machines must agree.

The network is the set of all that was ever sent. Anything in it may be delivered at any time, any number of times, or
never; a loss is a delivery that does not happen. So what holds here holds for every such network.

What a peer does beside its machine (the outbox's rules):

1. It has at most one unanswered message, and sends it again until it is answered.
2. A repeat (same id) gets the answer that was given first; only "unsettled" is no answer to remember.
3. On "crossed" it abandons its move. On "illegal" it abandons it, and terminates where the figure has an arrow.
4. Answers to anything but its unanswered message are nothing to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from renkei.kernel.problems import PeerError
from renkei.protocol.machine import Process, Role
from renkei.protocol.negotiation import Negotiation
from renkei.protocol.transfer import Transfer

SIDES = (Role.CONSUMER, Role.PROVIDER)
VERDICTS = {
    "protocol-illegal-move": "illegal",
    "protocol-crossed": "crossed",
    "protocol-unsettled": "unsettled",
}


@dataclass(frozen=True)
class Sent:
    """A message (``verdict`` empty) or the answer to it. ``number`` counts the sender's messages."""

    sender: Role
    number: int
    target: Enum
    verdict: str = ""


@dataclass(frozen=True)
class Peer:
    process: Process
    sent: int = 0
    unanswered: Sent | None = None
    answered: frozenset = frozenset()
    opens: bool = True
    terminates_anywhere: bool = False

    def targets(self) -> Iterator[Enum]:
        """What it may send now.

        An opening message names no process of the partner's, so two of them open two processes: here one side opens.
        A partner of another make may also terminate where the figure has no arrow.
        """
        initial = self.process.state.name == "INITIAL"
        if self.unanswered is not None or self.process.final or (initial and not self.opens):
            return
        for target in type(self.process.state):
            anywhere = self.terminates_anywhere and target is self.process.terminated and self.process.settled
            if self.process.may_send(target) or (anywhere and not initial):
                yield target

    def send(self, target: Enum) -> Peer:
        legal = self.process.may_send(target)
        process = self.process.send(target) if legal else replace(self.process, pending=target)
        message = Sent(process.role, self.sent, target)
        return replace(self, process=process, sent=self.sent + 1, unanswered=message)

    def take(self, message: Sent) -> tuple[Peer, str]:
        """Rule 2."""
        stored = dict(self.answered).get(message.number)
        if stored is not None:
            return self, stored
        try:
            process = self.process.receive(message.target)
        except PeerError as error:
            process, verdict = self.process, VERDICTS[error.code]
        else:
            verdict = "taken"
        if verdict == "unsettled":
            return self, verdict
        unanswered = None if process.settled else self.unanswered
        return replace(
            self, process=process, unanswered=unanswered, answered=self.answered | {(message.number, verdict)}
        ), verdict

    def hear(self, answer: Sent) -> Peer:
        """Rules 3 and 4."""
        if self.unanswered != replace(answer, verdict="") or answer.verdict == "unsettled":
            return self
        if answer.verdict == "taken":
            return replace(self, process=self.process.acknowledged(), unanswered=None)
        peer = replace(self, process=self.process.abandoned(), unanswered=None)
        terminated = peer.process.terminated
        if answer.verdict == "illegal" and peer.process.may_send(terminated):
            return peer.send(terminated)
        return peer


@dataclass(frozen=True)
class World:
    consumer: Peer
    provider: Peer
    network: frozenset = frozenset()

    @classmethod
    def begin(cls, make: type[Process], *, opener: Role = Role.CONSUMER, lenient: bool = False, **start: Enum) -> World:
        return cls(*(Peer(make(role, **start), opens=role is opener, terminates_anywhere=lenient) for role in SIDES))

    def peer(self, role: Role) -> Peer:
        return self.consumer if role is Role.CONSUMER else self.provider

    def _with(self, role: Role, peer: Peer, *more: Sent) -> World:
        network = self.network | set(more)
        if peer.unanswered is not None:
            network |= {peer.unanswered}
        side = {"consumer": peer} if role is Role.CONSUMER else {"provider": peer}
        return replace(self, network=network, **side)

    def send(self, role: Role, target: Enum) -> World:
        return self._with(role, self.peer(role).send(target))

    def deliver(self, item: Sent) -> World:
        if item.verdict:
            return self._with(item.sender, self.peer(item.sender).hear(item))
        receiver = item.sender.other
        peer, verdict = self.peer(receiver).take(item)
        return self._with(receiver, peer, replace(item, verdict=verdict))

    @property
    def settled(self) -> bool:
        return self.consumer.unanswered is None and self.provider.unanswered is None

    @property
    def agreed(self) -> bool:
        return self.consumer.process.state is self.provider.process.state

    def calm(self, rounds: int = 12) -> World:
        """No more losses: both outboxes are tried in turn until nothing is unanswered."""
        world = self
        for _ in range(rounds):
            for role in SIDES:
                if (message := world.peer(role).unanswered) is not None:
                    world = world.deliver(message)
                    if world.peer(role).unanswered == message:
                        _, verdict = world.peer(role.other).take(message)
                        world = world.deliver(replace(message, verdict=verdict))
            if world.settled:
                return world
        raise AssertionError(f"never settles: {world}")


KINDS = (Negotiation, Transfer)
