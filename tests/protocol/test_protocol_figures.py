"""The machines move exactly as the specification's two figures say: the arrows are written out again here, by hand."""

import pytest

from renkei.kernel.problems import LocalError, PeerError
from renkei.protocol.machine import Role
from renkei.protocol.negotiation import Negotiation, NegotiationState
from renkei.protocol.transfer import Transfer, TransferState

C, P = Role.CONSUMER, Role.PROVIDER

# From the text of contract.negotiation.state.machine and transfer-process-state-machine: origin, target, who sends.
NEGOTIATION_ARROWS = """
INITIAL   REQUESTED  C
INITIAL   OFFERED    P
REQUESTED OFFERED    P
REQUESTED AGREED     P
REQUESTED TERMINATED C P
OFFERED   REQUESTED  C
OFFERED   ACCEPTED   C
OFFERED   TERMINATED C P
ACCEPTED  AGREED     P
ACCEPTED  TERMINATED P
AGREED    VERIFIED   C
AGREED    TERMINATED C
VERIFIED  FINALIZED  P
VERIFIED  TERMINATED P
"""
TRANSFER_ARROWS = """
INITIAL   REQUESTED  C
REQUESTED STARTED    P
REQUESTED TERMINATED C P
STARTED   COMPLETED  C P
STARTED   SUSPENDED  C P
STARTED   TERMINATED C P
SUSPENDED STARTED    C P
SUSPENDED TERMINATED C P
"""


def arrows(text):
    rows = (line.split() for line in text.strip().splitlines())
    return {(origin, target, sender) for origin, target, *senders in rows for sender in senders}


FIGURES = {
    Negotiation: (NegotiationState, arrows(NEGOTIATION_ARROWS)),
    Transfer: (TransferState, arrows(TRANSFER_ARROWS)),
}
CELLS = [
    pytest.param(
        make,
        origin,
        target,
        role,
        (origin.name, target.name, letter) in drawn,
        id=f"{make.kind}-{origin.name}-{target.name}-{letter}",
    )
    for make, (states, drawn) in FIGURES.items()
    for origin in states
    for target in states
    for role, letter in ((C, "C"), (P, "P"))
]


@pytest.mark.parametrize(("make", "origin", "target", "role", "drawn"), CELLS)
def test_a_move_is_sent_only_along_an_arrow_of_ones_own(make, origin, target, role, drawn):
    process = make(role, origin)
    assert process.may_send(target) is drawn
    if drawn:
        assert process.send(target) == make(role, origin, pending=target)
        assert process.send(target).acknowledged() == make(role, target)
    else:
        with pytest.raises(LocalError) as caught:
            process.send(target)
        assert caught.value.code == "protocol-our-illegal-move"


@pytest.mark.parametrize(("make", "origin", "target", "sender", "drawn"), CELLS)
def test_a_move_is_taken_along_an_arrow_of_the_partners_and_a_termination_anywhere_before_the_end(
    make, origin, target, sender, drawn
):
    process = make(sender.other, origin)
    ended = origin.name in {"FINALIZED", "COMPLETED", "TERMINATED"}
    if drawn or (target.name == "TERMINATED" and not ended):
        assert process.receive(target) == make(sender.other, target)
    else:
        with pytest.raises(PeerError) as caught:
            process.receive(target)
        assert caught.value.code == "protocol-illegal-move"
        assert caught.value.problem.status == 400


@pytest.mark.parametrize(
    ("make", "final"),
    [(Negotiation, {"FINALIZED", "TERMINATED"}), (Transfer, {"COMPLETED", "TERMINATED"})],
)
def test_only_the_ends_are_final(make, final):
    assert {state.name for state in FIGURES[make][0] if make(C, state).final} == final


def test_what_was_sent_is_not_yet_so():
    sent = Negotiation(C).send(NegotiationState.REQUESTED)
    assert sent.state is NegotiationState.INITIAL
    assert not sent.settled
    assert sent.acknowledged().settled
    assert sent.abandoned() == Negotiation(C)


def test_nothing_is_sent_while_something_is_unanswered():
    sent = Transfer(P, TransferState.STARTED).send(TransferState.SUSPENDED)
    assert not sent.may_send(TransferState.COMPLETED)
    with pytest.raises(LocalError) as caught:
        sent.send(TransferState.COMPLETED)
    assert caught.value.code == "protocol-still-unacknowledged"


@pytest.mark.parametrize("conclude", [Transfer.acknowledged, Transfer.abandoned])
def test_an_answer_needs_something_sent(conclude):
    with pytest.raises(LocalError) as caught:
        conclude(Transfer(C))
    assert caught.value.code == "protocol-nothing-sent"


T, N = TransferState, NegotiationState


@pytest.mark.parametrize(
    ("process", "target", "outcome"),
    [
        # A move that is legal only after ours proves that ours has arrived.
        (Negotiation(C, N.INITIAL, N.REQUESTED), N.OFFERED, N.OFFERED),
        (Negotiation(C, N.OFFERED, N.ACCEPTED), N.AGREED, N.AGREED),
        (Negotiation(C, N.AGREED, N.VERIFIED), N.FINALIZED, N.FINALIZED),
        (Transfer(C, T.INITIAL, T.REQUESTED), T.STARTED, T.STARTED),
        (Transfer(P, T.STARTED, T.SUSPENDED), T.STARTED, T.STARTED),
        # Termination goes before everything, a good end before what goes on.
        (Negotiation(P, N.REQUESTED, N.AGREED), N.TERMINATED, N.TERMINATED),
        (Negotiation(P, N.VERIFIED, N.FINALIZED), N.TERMINATED, N.TERMINATED),
        (Negotiation(P, N.OFFERED, N.TERMINATED), N.ACCEPTED, "protocol-crossed"),
        (Negotiation(C, N.REQUESTED, N.TERMINATED), N.AGREED, "protocol-crossed"),
        (Transfer(P, T.STARTED, T.SUSPENDED), T.COMPLETED, T.COMPLETED),
        (Transfer(C, T.STARTED, T.COMPLETED), T.SUSPENDED, "protocol-crossed"),
        (Transfer(C, T.STARTED, T.COMPLETED), T.TERMINATED, T.TERMINATED),
        (Transfer(P, T.STARTED, T.TERMINATED), T.COMPLETED, "protocol-crossed"),
        # Equal ends: either will do.
        (Transfer(C, T.STARTED, T.COMPLETED), T.COMPLETED, T.COMPLETED),
        (Transfer(P, T.STARTED, T.COMPLETED), T.COMPLETED, T.COMPLETED),
        (Transfer(P, T.SUSPENDED, T.TERMINATED), T.TERMINATED, T.TERMINATED),
        # Equal moves that go on: the provider's first, and the consumer waits to be told.
        (Transfer(P, T.STARTED, T.SUSPENDED), T.SUSPENDED, "protocol-crossed"),
        (Transfer(C, T.STARTED, T.SUSPENDED), T.SUSPENDED, "protocol-unsettled"),
        (Transfer(P, T.SUSPENDED, T.STARTED), T.STARTED, "protocol-crossed"),
        (Transfer(C, T.SUSPENDED, T.STARTED), T.STARTED, "protocol-unsettled"),
        # What fits neither before nor after ours.
        (Negotiation(P, N.REQUESTED, N.OFFERED), N.VERIFIED, "protocol-illegal-move"),
        (Transfer(C, T.STARTED, T.SUSPENDED), T.REQUESTED, "protocol-illegal-move"),
    ],
)
def test_messages_that_cross(process, target, outcome):
    if isinstance(outcome, str):
        with pytest.raises(PeerError) as caught:
            process.receive(target)
        assert caught.value.code == outcome
        assert caught.value.problem.status == (400 if outcome == "protocol-illegal-move" else 409)
    else:
        moved = process.receive(target)
        assert (moved.state, moved.pending) == (outcome, None)


def test_the_roles_face_each_other():
    assert (C.other, P.other) == (P, C)
    assert (C.word, P.word) == ("consumer", "provider")
