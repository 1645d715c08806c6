"""A view of a passport: what somebody with a role and a purpose sees of it as of a moment, and proof of the rest.

All that the passport says at that moment is bound by one hash (``disclosure.commitments``), whoever looks: three
viewers see three sets of points and one ``commitment``. What they see is opened against it; what is withheld is
listed by its public number, and a viewer who later is shown more can check that it was there all along.

Shape (``value``, ``unit``, ``since``, ``evidence``, ``waits``, ``against`` may be absent)::

    {"@type": "PassportView", "passport": "urn:…", "model": "urn:…", "company": "did:web:…", "category": "ev",
     "roles": ["recycler"], "purposes": ["recycling"], "asOf": "2027-06-01T00:00:00Z", "classes": ["public", …],
     "dataPoints": "urn:…", "access": "urn:…",
     "points": [{"number": 10, "id": "weight", "level": "model", "access": "public", "status": "filled",
                 "value": "412.5", "unit": "kilogram", "since": "2027-02-18T00:00:00Z", "evidence": "sha-256:…"}],
     "terms": [{"id": "cobaltContent", "value": "8123", "unit": "gram", "since": "…"}],
     "withheld": [{"number": 45, "id": "detailedComposition", "access": "interest"}],
     "commitment": "sha-256:…", "opening": {…}}

Raises PeerError ``passport-view-broken``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique
from typing import Final

from renkei.battery.commitments import Opening, commit
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.passport.access import PassportAccess
from renkei.battery.passport.passport_problems import VIEW_BROKEN, WRONG_SHEET
from renkei.battery.passport.points import Access, Applies, DataPoint, DataPoints, Level, Origin
from renkei.battery.passport.recycled import against
from renkei.battery.passport.sheet import Entry, Sheet, figure_of
from renkei.battery.passport.terms import Sensitivity, Term, Terms
from renkei.kernel import instants, jcs
from renkei.kernel.problems import RenkeiError

PASSPORT_VIEW: Final = "PassportView"
_SAID: Final = ("status", "value", "since", "evidence")
_TERM: Final = "term/"
_POINT: Final = "point/"


@unique
class PointStatus(Enum):
    """How far a point has come."""

    FILLED = "filled"
    PENDING_LAW = "pending-law"
    NOT_TO_BE_FILLED = "not-to-be-filled"
    MISSING_UPSTREAM = "missing-upstream"
    MISSING = "missing"
    NOT_PROVIDED = "not-provided"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportLists:
    """The dated data that a passport goes by; ``rules``: those whose minima it is held against."""

    points: DataPoints
    terms: Terms
    access: PassportAccess
    rules: tuple[RuleSet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks: proved or registered roles, the purposes agreed on, and terms whose owner has consented."""

    roles: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    consented: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """A battery's own sheet over its model's. ``secret``: 32 bytes that salt what is withheld; it never leaves."""

    item: Sheet
    model: Sheet
    lists: PassportLists
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.item.level is not Level.ITEM or self.model.level is not Level.MODEL:
            raise WRONG_SHEET(point="/model", level=Level.MODEL.value, sheet=self.item.id, found=self.item.level.value)

    def entry(self, point: str, moment: datetime, level: Level | None = None) -> Entry | None:
        """What is said of a point, or of a term on either sheet, the battery's own word first."""
        sheets = {Level.ITEM: self.item, Level.MODEL: self.model}
        wanted = [sheets[level]] if level else list(sheets.values())
        return next((found for sheet in wanted if (found := sheet.at(point, moment)) is not None), None)

    def status(self, point: DataPoint, moment: datetime) -> PointStatus:
        """How far a point has come at a moment."""
        match point.applies[self.item.category]:
            case Applies.NOT_TO_BE_FILLED:
                return PointStatus.NOT_TO_BE_FILLED
            case Applies.PENDING_LAW:
                return PointStatus.PENDING_LAW
            case applies:
                if point.id in self._by_itself() or self.entry(point.id, moment, point.level) is not None:
                    return PointStatus.FILLED
                if applies is not Applies.MANDATORY:
                    return PointStatus.NOT_PROVIDED
        awaited = point.id in {**self.model.awaited, **self.item.awaited}
        upstream = awaited or point.origin is Origin.UPSTREAM
        return PointStatus.MISSING_UPSTREAM if upstream else PointStatus.MISSING

    def _by_itself(self) -> Mapping[str, str]:
        """What a passport says by being one."""
        return {
            "passportIdentifier": self.item.id,
            "responsibleOperator": self.item.company,
            "batteryCategory": self.item.category.value,
        }

    def said(self, point: DataPoint, moment: datetime) -> dict[str, object]:
        """Status, and value with its beginning and evidence where it is filled."""
        status = self.status(point, moment)
        members: dict[str, object] = {"status": status.value}
        if status is PointStatus.FILLED:
            entry = self.entry(point.id, moment, point.level)
            members |= {"value": self._by_itself()[point.id]} if entry is None else _told(entry)
        return members

    def view(self, viewer: Viewer, moment: datetime) -> dict[str, object]:
        """What this viewer sees as of a moment, ready to be signed."""
        lists = self.lists
        classes = lists.access.classes(viewer.roles, viewer.purposes)
        points = {point.id: self.said(point, moment) for point in lists.points.points.values()}
        terms = {term.id: _told(entry) for term, entry in self._terms(moment)}
        inputs: dict[str, object] = {_POINT + name: said for name, said in points.items()}
        inputs |= {_TERM + name: said for name, said in terms.items()}
        bound = commit(inputs, self._salt(moment))
        seen = [point for point in lists.points.points.values() if point.access in classes]
        told = [lists.terms.terms[name] for name in terms if _shows(lists.terms.terms[name], classes, viewer)]
        names = [*(_POINT + point.id for point in seen), *(_TERM + term.id for term in told)]
        return {
            "@type": PASSPORT_VIEW,
            "passport": self.item.id,
            "model": self.model.id,
            "company": self.item.company,
            "category": self.item.category.value,
            "roles": sorted(viewer.roles),
            "purposes": sorted(viewer.purposes),
            "asOf": instants.render(moment),
            "classes": [access.value for access in Access if access in classes],
            "dataPoints": lists.points.id,
            "access": lists.access.id,
            "points": [self._shown(point, points[point.id], moment) for point in seen],
            "terms": [_with_unit({"id": term.id, **terms[term.id]}, term.unit) for term in told],
            "withheld": [
                {"number": point.number, "id": point.id, "access": point.access.value}
                for point in lists.points.points.values()
                if point.access not in classes
            ],
            "commitment": bound.root,
            "opening": bound.open(names).to_json(),
        }

    def counts(self, moment: datetime) -> dict[str, int]:
        """How many points stand how; every point of the list is counted once."""
        found = dict.fromkeys((status.value for status in PointStatus), 0)
        for point in self.lists.points.points.values():
            found[self.status(point, moment).value] += 1
        return found

    def _terms(self, moment: datetime) -> Iterator[tuple[Term, Entry]]:
        for term in self.lists.terms.terms.values():
            entry = None if term.sensitivity is Sensitivity.INTERNAL else self.entry(term.id, moment)
            if entry is not None:
                yield term, entry

    def _shown(self, point: DataPoint, said: Mapping[str, object], moment: datetime) -> dict[str, object]:
        shown: dict[str, object] = {
            "number": point.number,
            "id": point.id,
            "level": point.level.value,
            "access": point.access.value,
            **said,
        }
        if point.waits is not None and said["status"] == PointStatus.PENDING_LAW.value:
            shown["waits"] = point.waits.to_json()
        entry = self.entry(point.id, moment, point.level)
        figure = None if entry is None else figure_of(entry)
        minima = [] if figure is None else against(self.lists.rules, point.id, figure)
        if minima:
            shown["against"] = minima
        return _with_unit(shown, point.unit) if "value" in said else shown

    def _salt(self, moment: datetime) -> bytes:
        """One secret for each passport and moment: the salt of an opened value must not open a later one."""
        named = jcs.canonical([self.item.id, instants.render(moment)])
        return hmac.new(self.secret, named, hashlib.sha256).digest()


def check_view(view: Mapping[str, object], points: DataPoints) -> None:
    """That a view shows what its commitment binds, and nothing else.

    What must hold:
    1. it is a view; each point of the list is either shown or withheld, by its class and number;
    2. the opening belongs to the commitment;
    3. it opens exactly what is shown;
    4. what is shown of a point or term is what was bound, to the letter.
    """
    shown, terms = _by_id(view, "points"), _by_id(view, "terms")
    withheld, classes = _by_id(view, "withheld"), view.get("classes")
    if view.get("@type") != PASSPORT_VIEW or not isinstance(classes, list):  # 1
        raise VIEW_BROKEN(cause="it is no passport view")
    for point in points.points.values():  # 1
        there, away = (withheld, shown) if point.access.value not in classes else (shown, withheld)
        one = there.get(point.id)
        if (
            one is None
            or point.id in away
            or (one.get("number"), one.get("access"))
            != (
                point.number,
                point.access.value,
            )
        ):
            raise VIEW_BROKEN(cause=f"point {point.number} is neither shown nor withheld as its class says")
    if len(shown) + len(withheld) != len(points.points):  # 1
        raise VIEW_BROKEN(cause="it has points that the list does not have")
    try:
        opening = Opening.from_json(view.get("opening"))
        opening.demand(str(view.get("commitment")))  # 2
    except RenkeiError as error:
        raise VIEW_BROKEN(cause=error.message()) from error
    said = {_POINT + name: one for name, one in shown.items()} | {_TERM + name: one for name, one in terms.items()}
    if opening.inputs.keys() != said.keys():  # 3
        raise VIEW_BROKEN(cause="what is shown is not what is opened")
    for name, one in said.items():  # 4
        if opening.inputs[name] != {member: one[member] for member in _SAID if member in one}:
            raise VIEW_BROKEN(cause=f"{name} is not what the passport is bound to")


def _shows(term: Term, classes: Collection[Access], viewer: Viewer) -> bool:
    match term.sensitivity:
        case Sensitivity.PUBLIC:
            return True
        case Sensitivity.PARTNER:
            return bool(set(classes) - {Access.PUBLIC})
        case Sensitivity.CONSENT:
            return term.id in viewer.consented
        case Sensitivity.INTERNAL:
            return False


def _told(entry: Entry) -> dict[str, object]:
    told: dict[str, object] = {"value": entry.value, "since": instants.render(entry.start)}
    return told if not entry.evidence else told | {"evidence": entry.evidence}


def _with_unit(members: dict[str, object], unit: str) -> dict[str, object]:
    return members | {"unit": unit} if unit else members


def _by_id(view: Mapping[str, object], name: str) -> dict[str, Mapping[str, object]]:
    listed = view.get(name)
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise VIEW_BROKEN(cause=f"{name} is no list of objects")
    found = {str(one.get("id")): one for one in listed}
    if len(found) != len(listed):
        raise VIEW_BROKEN(cause=f"{name} has one twice")
    return found
