"""What may follow what in a request (依頼): the whole of it is ``MOVES``, for the side that asked and the one asked.

A step is something that either side does; it moves the record of both, each by its own column. What is not in the table
is refused with ``request-closed``: on our own side to whoever tried it, on the partner's to the partner. The asker's
cancellation is the last word, and what crosses it on the way was never said; reminders and remarks that are overtaken
by an answer change nothing and harm nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from renkei.exchange.problems import REQUEST_CLOSED
from renkei.exchange.records.requests import RequestRecord, RequestState
from renkei.kernel.values import replace


class RequestStep(Enum):
    """What is done about a request; ``REPORT``: the one asked tells how far it is, ``GIVE_UP``: we cannot reach it.

    ``TELL``: somebody has brought the answer of one who has no system.
    """

    PREPARE = "prepare"
    REPORT = "report"
    ANSWER = "answer"
    COLLECT = "collect"
    TELL = "tell"
    SEND_BACK = "return"
    REJECT = "reject"
    CANCEL = "cancel"
    REMIND = "remind"
    REMARK = "remark"
    GIVE_UP = "give-up"


_S, _T = RequestState, RequestStep
_SAME_ANY: Final = {_T.REMARK, _T.REPORT, _T.REMIND}

ASKED: Final[Mapping[RequestState, Mapping[RequestStep, RequestState]]] = {
    _S.OPEN: {
        _T.ANSWER: _S.READY,
        _T.TELL: _S.ANSWERED,
        _T.REJECT: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        _T.GIVE_UP: _S.REJECTED,
        **dict.fromkeys(_SAME_ANY, _S.OPEN),
    },
    _S.READY: {
        _T.COLLECT: _S.ANSWERED,
        _T.ANSWER: _S.READY,
        _T.REJECT: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        _T.GIVE_UP: _S.REJECTED,
        _T.REMARK: _S.READY,
        _T.REPORT: _S.READY,
    },
    _S.ANSWERED: {_T.SEND_BACK: _S.RETURNED, _T.REMARK: _S.ANSWERED, _T.REPORT: _S.ANSWERED},
    _S.RETURNED: {
        _T.ANSWER: _S.READY,
        _T.TELL: _S.ANSWERED,
        _T.REJECT: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        _T.GIVE_UP: _S.REJECTED,
        **dict.fromkeys(_SAME_ANY, _S.RETURNED),
    },
    _S.REJECTED: {_T.REMARK: _S.REJECTED, _T.REPORT: _S.REJECTED},
    _S.CANCELLED: {_T.REPORT: _S.CANCELLED},
}
"""Of the one who asked. While an answer is on its way it is neither sent back nor reminded of."""

RECEIVED: Final[Mapping[RequestState, Mapping[RequestStep, RequestState]]] = {
    _S.OPEN: {
        _T.PREPARE: _S.PREPARING,
        _T.ANSWER: _S.ANSWERED,
        _T.REJECT: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        **dict.fromkeys(_SAME_ANY, _S.OPEN),
    },
    _S.PREPARING: {
        _T.PREPARE: _S.PREPARING,
        _T.ANSWER: _S.ANSWERED,
        _T.REJECT: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        **dict.fromkeys(_SAME_ANY, _S.PREPARING),
    },
    _S.ANSWERED: {
        _T.SEND_BACK: _S.RETURNED,
        _T.CANCEL: _S.CANCELLED,
        _T.REMIND: _S.ANSWERED,
        _T.REMARK: _S.ANSWERED,
    },
    _S.RETURNED: {
        _T.PREPARE: _S.PREPARING,
        _T.ANSWER: _S.ANSWERED,
        _T.REJECT: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        **dict.fromkeys(_SAME_ANY, _S.RETURNED),
    },
    _S.REJECTED: {_T.CANCEL: _S.CANCELLED, _T.REMIND: _S.REJECTED, _T.REMARK: _S.REJECTED},
    _S.CANCELLED: {},
}
"""Of the one who was asked. An answer that came back (差戻し) waits for a person: the same figures would not help."""

MOVES: Final = {False: ASKED, True: RECEIVED}
"""By ``RequestRecord.incoming``."""


def moved(record: RequestRecord, step: RequestStep) -> RequestRecord:
    """The request after a step. Raises LocalError ``request-closed``."""
    follows = MOVES[record.incoming][record.state].get(step)
    if follows is None:
        raise REQUEST_CLOSED(request=record.request, state=record.state.value, step=step.value)
    return record if follows is record.state else replace(record, state=follows)
