"""The words of due diligence, as dated data: minerals, risks, steps, what schemes say of a facility, views of risks.

A view arranges the risks for one reader: ``annex-x`` shows each code of the law by itself, ``founding-nine`` the nine
risks of the founding documents, of which two gather several codes of the law. What is gathered is a group: a code of
its own, so that a record can say exactly for how much of the mass all that the group gathers is known; a figure that
would be guessed from the members' figures afterwards could only be a bound.

Shape: see ``vocab/battery/due-diligence``. Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, unique
from typing import Self

from renkei.battery.label import Label
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members


@unique
class Status(Enum):
    """The answer to one question of due diligence, best first."""

    MET = "met"
    UNKNOWN = "unknown"
    NOT_MET = "not-met"


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """Several codes that one reader counts as one risk."""

    label: Label
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FacilityStatus:
    """What a scheme says of a facility, and what that is worth as an answer."""

    label: Label
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class DiligenceCodes:
    """The code lists of one version of the law: minerals, risk categories, OECD steps, each code with its label.

    ``views``: by name, codes and groups in the order in which they are shown.
    """

    id: str
    as_of: date
    sources: tuple[str, ...]
    minerals: Mapping[str, Label]
    risks: Mapping[str, Label]
    steps: Mapping[str, Label]
    groups: Mapping[str, RiskGroup] = field(default_factory=dict)
    views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facility_statuses: Mapping[str, FacilityStatus] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[str, ...]:
        """Every code and group of risks."""
        return (*self.risks, *self.groups)

    def risk_label(self, code: str) -> Label:
        """The name of a code or group."""
        return self.groups[code].label if code in self.groups else self.risks[code]

    def members_of(self, code: str) -> tuple[str, ...]:
        """The law's codes behind a row: itself, or what a group gathers."""
        return self.groups[code].members if code in self.groups else (code,)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a code list file.

        What must hold beyond the types:
        1. a group gathers codes of the list, and has no name of theirs;
        2. a view holds each code of the list exactly once, by itself or in a group.
        """
        members = Members.typed(value, INPUT, "DiligenceCodes")
        risks = _read_labels(members.inner("riskCategories"))
        groups = _read_groups(members.optional_inner("riskGroups"), risks)
        codes = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            sources=members.texts("sources"),
            minerals=_read_labels(members.inner("minerals")),
            risks=risks,
            steps=_read_labels(members.inner("oecdSteps")),
            groups=groups,
            views=_read_views(members.optional_inner("views"), risks, groups),
            facility_statuses=_read_statuses(members.optional_inner("facilityStatuses")),
        )
        members.close()
        return codes


def _read_labels(members: Members) -> Mapping[str, Label]:
    return {name: Label.read(members.inner(name)) for name in members.names()}


def _read_groups(members: Members | None, risks: Mapping[str, Label]) -> Mapping[str, RiskGroup]:
    groups: dict[str, RiskGroup] = {}
    for name in members.names() if members else ():
        assert members is not None
        inner = members.inner(name)
        gathered = inner.texts("of")
        if name in risks or not gathered or not set(gathered) <= set(risks):  # (1)
            raise inner.malformed("of", ", ".join(gathered), "codes of this list, under another name")
        groups[name] = RiskGroup(Label.beside(inner), gathered)
        inner.close()
    return groups


def _read_views(
    members: Members | None, risks: Mapping[str, Label], groups: Mapping[str, RiskGroup]
) -> Mapping[str, tuple[str, ...]]:
    views: dict[str, tuple[str, ...]] = {}
    for name in members.names() if members else ():
        assert members is not None
        rows = members.texts(name)
        shown = [code for row in rows for code in (groups[row].members if row in groups else (row,))]
        if sorted(shown) != sorted(risks):  # (2)
            raise members.malformed(name, ", ".join(rows), "a view that holds each risk category exactly once")
        views[name] = rows
    return views


def _read_statuses(members: Members | None) -> Mapping[str, FacilityStatus]:
    statuses: dict[str, FacilityStatus] = {}
    for name in members.names() if members else ():
        assert members is not None
        inner = members.inner(name)
        statuses[name] = FacilityStatus(Label.beside(inner), inner.choice("status", Status))
        inner.close()
    return statuses
