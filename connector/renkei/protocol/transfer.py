"""Transfer process (DSP 2025-1, figure ``transfer-process-state-machine``): the whole of it is ``MOVES``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from renkei.protocol.machine import Process, Role


class TransferState(Enum):
    """The five states of the figure; INITIAL is the black dot before the first message."""

    INITIAL = "INITIAL"
    REQUESTED = "REQUESTED"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


_C, _P, _S = Role.CONSUMER, Role.PROVIDER, TransferState

MOVES: Final[Mapping[Enum, Mapping[Enum, Role]]] = {
    _S.INITIAL: {_S.REQUESTED: _C},
    _S.REQUESTED: {_S.STARTED: _P, _S.TERMINATED: _C | _P},
    _S.STARTED: {_S.COMPLETED: _C | _P, _S.SUSPENDED: _C | _P, _S.TERMINATED: _C | _P},
    _S.SUSPENDED: {_S.STARTED: _C | _P, _S.TERMINATED: _C | _P},
    _S.COMPLETED: {},
    _S.TERMINATED: {},
}


@dataclass(frozen=True, slots=True)
class Transfer(Process[TransferState]):
    """One transfer process as one participant sees it."""

    state: TransferState = TransferState.INITIAL

    kind: ClassVar[str] = "transfer"
    moves: ClassVar[Mapping[Enum, Mapping[Enum, Role]]] = MOVES
    terminated: ClassVar[Enum] = TransferState.TERMINATED
