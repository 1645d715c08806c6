"""Contract negotiation (DSP 2025-1, figure ``contract.negotiation.state.machine``): the whole of it is ``MOVES``.

A message aims at exactly one state, so the state names the move; ``protocol.messages`` says which message that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from renkei.protocol.machine import Process, Role


class NegotiationState(Enum):
    """The seven states of the figure; INITIAL is the black dot before the first message."""

    INITIAL = "INITIAL"
    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    TERMINATED = "TERMINATED"


_C, _P, _S = Role.CONSUMER, Role.PROVIDER, NegotiationState

MOVES: Final[Mapping[Enum, Mapping[Enum, Role]]] = {
    _S.INITIAL: {_S.REQUESTED: _C, _S.OFFERED: _P},
    _S.REQUESTED: {_S.OFFERED: _P, _S.AGREED: _P, _S.TERMINATED: _C | _P},
    _S.OFFERED: {_S.REQUESTED: _C, _S.ACCEPTED: _C, _S.TERMINATED: _C | _P},
    # From ACCEPTED on, only the side whose turn it is may still send a termination.
    _S.ACCEPTED: {_S.AGREED: _P, _S.TERMINATED: _P},
    _S.AGREED: {_S.VERIFIED: _C, _S.TERMINATED: _C},
    _S.VERIFIED: {_S.FINALIZED: _P, _S.TERMINATED: _P},
    _S.FINALIZED: {},
    _S.TERMINATED: {},
}


@dataclass(frozen=True, slots=True)
class Negotiation(Process[NegotiationState]):
    """One contract negotiation as one participant sees it."""

    state: NegotiationState = NegotiationState.INITIAL

    kind: ClassVar[str] = "negotiation"
    moves: ClassVar[Mapping[Enum, Mapping[Enum, Role]]] = MOVES
    terminated: ClassVar[Enum] = NegotiationState.TERMINATED
