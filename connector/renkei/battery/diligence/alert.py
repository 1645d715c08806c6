"""An alert: something behind a record is wrong, and those downstream must know before the next record says so.

A red flag is raised by a person (a finding, a complaint that came in through the grievance channel); an expired audit
is found by the clock. An alert keeps its id on its whole way, so that it is told once to each company however often the
chain forks and joins; it never names the company or the facility that it is about.

``cleared`` takes one back. Only whoever raised it can: the id is the hash of a secret, and taking back reveals it. So a
supplier that merely passed an alert on, or heard its id, cannot make it go away.

Shape (``risks``, ``step`` and ``summary`` may be absent; ``opening`` stands in ``cleared`` alone)::

    {"@type": "DiligenceAlert", "id": "urn:renkei:alert:sha-256:…", "revision": 1, "kind": "red-flag",
     "mineral": "cobalt", "risks": ["child_labour"], "step": "4", "raised": "2026-11-22", "summary": "…"}

What an open alert does to a record's entry of its mineral, wherever it passes: while a red flag or a complaint stands,
nothing about its risks (or, where none is named, of step 2) is met; of an expired audit the step is not known any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, unique
from typing import Final, Self

from renkei.battery.diligence.codes import DiligenceCodes
from renkei.battery.problems import RECORD, FieldProblems
from renkei.battery.reading import Members
from renkei.kernel import jcs

_TYPE: Final = "DiligenceAlert"
_PREFIX: Final = "urn:renkei:alert:"
_AUDIT: Final = "4"
_MOST_REVISIONS: Final = 100  # it is raised and taken back; each revision is told to all who are downstream


@unique
class AlertKind(Enum):
    """What has happened."""

    RED_FLAG = "red-flag"
    COMPLAINT = "complaint"
    AUDIT_EXPIRED = "audit-expired"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert in one revision; ``summary`` goes to everyone downstream, so it names nobody."""

    id: str
    revision: int
    kind: AlertKind
    mineral: str
    raised: date
    risks: tuple[str, ...] = ()
    step: str | None = None
    summary: str | None = None
    opening: str | None = None

    @staticmethod
    def id_of(opening: str) -> str:
        """The id of the alert that this secret takes back."""
        return _PREFIX + jcs.digest(opening.encode())

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.kind is not AlertKind.CLEARED

    @property
    def red(self) -> bool:
        """Whether somebody has found something wrong, and not only a date has passed."""
        return self.kind in {AlertKind.RED_FLAG, AlertKind.COMPLAINT}

    @property
    def audit_step(self) -> str:
        """The step whose evidence is gone."""
        return self.step or _AUDIT

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "@type": _TYPE,
            "id": self.id,
            "revision": self.revision,
            "kind": self.kind.value,
            "mineral": self.mineral,
            "raised": self.raised.isoformat(),
        }
        if self.risks:
            members["risks"] = list(self.risks)
        if self.step is not None:
            members["step"] = self.step
        if self.summary is not None:
            members["summary"] = self.summary
        if self.opening is not None:
            members["opening"] = self.opening
        return members

    @classmethod
    def from_json(cls, value: object, codes: DiligenceCodes, problems: FieldProblems = RECORD) -> Self:
        """Read an alert that a partner sent. Raises PeerError ``battery-record-…``."""
        return cls.read(Members(value, problems), codes)

    @classmethod
    def read(cls, members: Members, codes: DiligenceCodes) -> Self:
        """From an open JSON object: known members of their types, codes of the list."""
        found = members.text("@type")
        if found != _TYPE:
            raise members.malformed("@type", found, _TYPE)
        alert = cls(
            id=members.text("id"),
            revision=members.whole("revision", 1, _MOST_REVISIONS),
            kind=members.choice("kind", AlertKind),
            mineral=members.text("mineral"),
            raised=members.day("raised"),
            risks=members.texts("risks") if members.has("risks") else (),
            step=members.optional_text("step"),
            summary=members.optional_text("summary"),
            opening=members.optional_text("opening"),
        )
        members.close()
        if alert.is_open != (alert.opening is None):
            raise members.malformed(
                "opening", alert.opening, "the secret of an alert that is taken back, and of no other"
            )
        if alert.opening is not None and cls.id_of(alert.opening) != alert.id:
            raise members.inconsistent("opening", "another secret", "the one whose hash is the id")
        if alert.mineral not in codes.minerals:
            raise members.malformed("mineral", alert.mineral, "one of " + ", ".join(codes.minerals))
        for risk in alert.risks:
            if risk not in codes.risks:
                raise members.malformed("risks", risk, "one of " + ", ".join(codes.risks))
        if alert.step is not None and alert.step not in codes.steps:
            raise members.malformed("step", alert.step, "one of " + ", ".join(codes.steps))
        return alert


def read_alerts(members: Members, codes: DiligenceCodes) -> tuple[Alert, ...]:
    """The member ``alerts`` of a record: each id once, none that was taken back."""
    alerts = tuple(Alert.read(one, codes) for one in members.each("alerts")) if members.has("alerts") else ()
    for alert in alerts:
        if not alert.is_open or sum(other.id == alert.id for other in alerts) > 1:
            raise members.inconsistent("alerts", alert.id, "an open alert, once")
    return alerts


def newest_alerts(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Each alert in its last revision, those that still stand, by id."""
    last: dict[str, Alert] = {}
    for alert in alerts:
        if alert.id not in last or last[alert.id].revision < alert.revision:
            last[alert.id] = alert
    return tuple(last[name] for name in sorted(last) if last[name].is_open)
