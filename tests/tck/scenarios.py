"""What the kit wants our connector to do in each of its scenarios, as tables over the production decision port.

Keys are the kit's dataset ids (negotiations) and agreement ids (transfers). A row says: at the n-th arrival in a state,
make this move; where there is no row we wait. Source: the kit's scenario descriptions (dsp-tck, 67 tests of which two
are disabled upstream).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from renkei.protocol.negotiation import NegotiationState as N
from renkei.protocol.transfer import TransferState as T

PROVIDER_NEGOTIATIONS: Final[Mapping[str, Mapping[tuple[N, int], N]]] = {
    "ACN0101": {(N.REQUESTED, 0): N.OFFERED},
    "ACN0102": {(N.REQUESTED, 0): N.OFFERED, (N.REQUESTED, 1): N.TERMINATED},
    "ACN0103": {(N.REQUESTED, 0): N.OFFERED, (N.ACCEPTED, 0): N.AGREED, (N.VERIFIED, 0): N.FINALIZED},
    "ACN0104": {(N.REQUESTED, 0): N.AGREED, (N.VERIFIED, 0): N.FINALIZED},
    "ACN0201": {(N.REQUESTED, 0): N.TERMINATED},
    "ACN0202": {},
    "ACN0203": {(N.REQUESTED, 0): N.AGREED},
    "ACN0204": {(N.REQUESTED, 0): N.OFFERED},
    "ACN0205": {(N.REQUESTED, 0): N.OFFERED, (N.OFFERED, 0): N.TERMINATED},
    "ACN0206": {(N.REQUESTED, 0): N.OFFERED, (N.ACCEPTED, 0): N.TERMINATED},
    "ACN0207": {(N.REQUESTED, 0): N.AGREED, (N.VERIFIED, 0): N.TERMINATED},
    "ACN0301": {(N.REQUESTED, 0): N.AGREED, (N.VERIFIED, 0): N.FINALIZED},
    "ACN0302": {(N.REQUESTED, 0): N.OFFERED},
    "ACN0303": {(N.REQUESTED, 0): N.OFFERED},
    "ACN0304": {(N.REQUESTED, 0): N.OFFERED},
}

CONSUMER_NEGOTIATIONS: Final[Mapping[str, Mapping[tuple[N, int], N]]] = {
    "ACNC0101": {(N.OFFERED, 0): N.ACCEPTED, (N.AGREED, 0): N.VERIFIED},
    "ACNC0102": {(N.OFFERED, 0): N.REQUESTED},
    "ACNC0103": {(N.OFFERED, 0): N.TERMINATED},
    "ACNC0104": {(N.AGREED, 0): N.VERIFIED},
    "ACNC0201": {},
    "ACNC0202": {(N.REQUESTED, 0): N.TERMINATED},
    "ACNC0203": {(N.AGREED, 0): N.TERMINATED},
    "ACNC0204": {},
    "ACNC0205": {(N.OFFERED, 0): N.ACCEPTED},
    "ACNC0206": {(N.AGREED, 0): N.VERIFIED},
    "ACNC0301": {},
    "ACNC0302": {},
    "ACNC0303": {},
    "ACNC0304": {(N.OFFERED, 0): N.ACCEPTED},
    "ACNC0305": {(N.OFFERED, 0): N.ACCEPTED},
    "ACNC0306": {(N.OFFERED, 0): N.ACCEPTED},
}

PROVIDER_TRANSFERS: Final[Mapping[str, Mapping[tuple[T, int], T]]] = {
    "ATP0101": {(T.REQUESTED, 0): T.STARTED, (T.STARTED, 0): T.TERMINATED},
    "ATP0102": {(T.REQUESTED, 0): T.STARTED, (T.STARTED, 0): T.COMPLETED},
    "ATP0103": {(T.REQUESTED, 0): T.STARTED, (T.STARTED, 0): T.SUSPENDED, (T.SUSPENDED, 0): T.TERMINATED},
    "ATP0104": {
        (T.REQUESTED, 0): T.STARTED,
        (T.STARTED, 0): T.SUSPENDED,
        (T.SUSPENDED, 0): T.STARTED,
        (T.STARTED, 1): T.COMPLETED,
    },
    "ATP0105": {(T.REQUESTED, 0): T.TERMINATED},
    "ATP0201": {(T.REQUESTED, 0): T.STARTED},
    "ATP0202": {(T.REQUESTED, 0): T.STARTED},
    "ATP0203": {(T.REQUESTED, 0): T.STARTED},
    "ATP0204": {(T.REQUESTED, 0): T.STARTED},
    "ATP0205": {},
    "ATP0301": {},
    "ATP0302": {},
    "ATP0303": {(T.REQUESTED, 0): T.STARTED},
    "ATP0304": {(T.REQUESTED, 0): T.STARTED},
    "ATP0305": {(T.REQUESTED, 0): T.STARTED},
    "ATP0306": {(T.REQUESTED, 0): T.STARTED},
}

CONSUMER_TRANSFERS: Final[Mapping[str, Mapping[tuple[T, int], T]]] = {
    "ATPC0101": {},
    "ATPC0102": {},
    "ATPC0103": {},
    "ATPC0104": {},
    "ATPC0105": {},
    "ATPC0201": {(T.STARTED, 0): T.TERMINATED},
    "ATPC0202": {(T.STARTED, 0): T.COMPLETED},
    "ATPC0203": {(T.STARTED, 0): T.SUSPENDED, (T.SUSPENDED, 0): T.TERMINATED},
    "ATPC0204": {(T.STARTED, 0): T.SUSPENDED, (T.SUSPENDED, 0): T.STARTED, (T.STARTED, 1): T.COMPLETED},
    "ATPC0205": {(T.REQUESTED, 0): T.TERMINATED},
    "ATPC0301": {},
    "ATPC0302": {},
    "ATPC0303": {},
    "ATPC0304": {},
    "ATPC0305": {},
    "ATPC0306": {},
}

CATALOG: Final = ("CAT0101", "CAT0102")
DISABLED_UPSTREAM: Final = frozenset({"TP:02-04", "TP_C:02-04"})


def _numbered(prefix: str, groups: Mapping[str, int]) -> list[str]:
    return [f"{prefix}:{group}-{number:02}" for group, count in groups.items() for number in range(1, count + 1)]


EXPECTED: Final = (
    frozenset(
        [
            "MET:01-01",
            *_numbered("CAT", {"01": 3}),
            *_numbered("CN", {"01": 4, "02": 7, "03": 4}),
            *_numbered("CN_C", {"01": 4, "02": 6, "03": 6}),
            *_numbered("TP", {"01": 5, "02": 5, "03": 6}),
            *_numbered("TP_C", {"01": 5, "02": 5, "03": 6}),
        ]
    )
    - DISABLED_UPSTREAM
)
"""The 65 ids that must pass, no more and no fewer."""
