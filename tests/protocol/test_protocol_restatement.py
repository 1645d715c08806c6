"""A state said once more moves nothing: a provider hands a new address to a consumer that has resumed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from two_peers import Peer, Sent, World

from renkei.kernel.problems import LocalError, PeerError
from renkei.protocol.machine import Role
from renkei.protocol.transfer import Transfer, TransferState

C, P, S = Role.CONSUMER, Role.PROVIDER, TransferState


def test_a_state_said_once_more_is_the_same_state_whether_it_is_taken_or_refused() -> None:
    started = Transfer(P, S.STARTED)
    said = started.restate()
    assert said.restating
    assert not started.restating
    assert said.acknowledged() == said.abandoned() == started


@pytest.mark.parametrize(
    "process", [Transfer(P, S.COMPLETED), Transfer(P, S.TERMINATED), Transfer(P, S.STARTED, S.SUSPENDED)]
)
def test_an_ended_or_busy_process_says_nothing_once_more(process) -> None:
    with pytest.raises(LocalError, match="protocol-our-illegal-move"):
        process.restate()


@pytest.mark.parametrize("target", [S.COMPLETED, S.TERMINATED])
def test_an_end_is_taken_while_a_state_is_said_once_more(target) -> None:
    assert Transfer(P, S.STARTED).restate().receive(target) == Transfer(P, target)


def test_any_other_move_waits_until_what_was_said_is_settled() -> None:
    with pytest.raises(PeerError, match="protocol-unsettled"):
        Transfer(P, S.STARTED).restate().receive(S.SUSPENDED)
    with pytest.raises(PeerError, match="protocol-illegal-move"):
        Transfer(P, S.STARTED).restate().receive(S.STARTED)


@dataclass(frozen=True)
class Resuming(Peer):
    """Beside its machine: a provider that takes a consumer's start says it once more; a consumer awaits that."""

    resumed: bool = False

    def take(self, message: Sent) -> tuple[Peer, str]:
        stored = dict(self.answered).get(message.number)
        if stored is None and self.resumed and message.target is self.process.state is S.STARTED:
            return replace(self, resumed=False, answered=self.answered | {(message.number, "taken")}), "taken"
        peer, verdict = super().take(message)
        if stored is None and verdict == "taken":
            peer = replace(peer, resumed=False)
            if message.sender is C and message.target is S.STARTED:
                said = Sent(P, peer.sent, S.STARTED)
                peer = replace(peer, process=peer.process.restate(), sent=peer.sent + 1, unanswered=said)
        return peer, verdict

    def hear(self, answer: Sent) -> Peer:
        if self.unanswered == replace(answer, verdict="") and self.process.restating and answer.verdict != "unsettled":
            return replace(self, process=self.process.acknowledged(), unanswered=None)
        acknowledged = self.unanswered == replace(answer, verdict="") and answer.verdict == "taken"
        peer = super().hear(answer)
        return replace(peer, resumed=peer.process.state is S.STARTED) if acknowledged and self._consumes else peer

    @property
    def _consumes(self) -> bool:
        return self.process.role is C


def test_in_every_short_history_with_resumptions_two_settled_peers_agree() -> None:
    start = World(*(Resuming(Transfer(role, S.SUSPENDED), opens=False) for role in (C, P)))
    seen, waiting, said = {start}, [start], 0
    while waiting:
        world = waiting.pop()
        assert world.agreed or not world.settled, world
        assert world.calm().agreed, world
        said += world.provider.process.restating
        for further in _after(world, most=3):
            if further not in seen:
                seen.add(further)
                waiting.append(further)
    assert said > 50


def _after(world, most):
    for role in (C, P):
        if world.peer(role).sent < most:
            # A second termination tells nothing new, and doubles the histories.
            targets = (target for target in world.peer(role).targets() if target is not S.TERMINATED)
            yield from (world.send(role, target) for target in targets)
    yield from (world.deliver(item) for item in world.network)
