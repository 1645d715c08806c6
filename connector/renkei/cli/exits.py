"""Exit codes, as documented in docs/reference/exit-codes.md: by whose fault it was, with a few codes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from renkei.kernel.problems import Fault, RenkeiError


class Exit(IntEnum):
    """How a command can end."""

    OK = 0
    UNEXPECTED = 1
    COMMAND_LINE = 2
    CONFIGURATION = 3
    LOCAL_STATE = 4
    PARTNER = 5
    POLICY = 6
    VERIFICATION = 7
    NO_DAEMON = 8
    DIFFERS = 9
    TIMED_OUT = 10


_BY_CODE: Final[Mapping[str, Exit]] = {
    "cli-crashed": Exit.UNEXPECTED,
    "http-crashed": Exit.UNEXPECTED,
    "cli-wrong-command-line": Exit.COMMAND_LINE,
    "cli-daemon-unreachable": Exit.NO_DAEMON,
    "process-timed-out": Exit.TIMED_OUT,
    "cli-timed-out": Exit.TIMED_OUT,
}
_BY_FAULT: Final[Mapping[Fault, Exit]] = {
    Fault.LOCAL: Exit.LOCAL_STATE,
    Fault.PEER: Exit.PARTNER,
    Fault.POLICY: Exit.POLICY,
    Fault.CONFIGURATION: Exit.CONFIGURATION,
}


def exit_of(error: RenkeiError) -> Exit:
    """The exit code for an error."""
    return _BY_CODE.get(error.code, _BY_FAULT[error.problem.fault])
