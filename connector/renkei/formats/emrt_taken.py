"""A workbook taken into our statement: what it knows replaces, what it does not know stays as we stated it.

Nothing that we know gives way to an answer left open, an empty cell, a row that is not there, or a mineral that the
workbook calls absent: to take such a thing back, register the statement anew. For each mineral:

1. a step that the workbook answers with met or not met is answered so; unknown says nothing;
2. the larger share of the mass counts as known, and the status follows from steps and our own risks;
3. facilities that we have keep what the form has no column for (role, days, salt); others are added; none is lost;
4. absent becomes only a mineral of which we say nothing; absent ends where the workbook answers or names a facility;
5. risks, cells of the matrix, evidence, amounts and origins, for which the form has no place, stay.

A workbook of our own shows the rolled-up answers, not only ours. What in it is as we would write it today (``shown``)
was not said by whoever filled it in, so that a round trip without an edit changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias, cast

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.facilities import FacilityRole
from renkei.battery.diligence.finding import worst
from renkei.battery.units import render_figure
from renkei.formats.emrt import EmrtContent

Entry: TypeAlias = Mapping[str, object]
ABSENT: Final = "absent"
COVERED: Final = "covered"
FACILITIES: Final = "facilities"
_UNKNOWN: Final = Status.UNKNOWN.value
_COLUMNS: Final = ("country", "scheme", "schemeId", "status")
_TELLING: Final = ("country", "schemeId")


@dataclass(frozen=True, slots=True)
class Compared:
    """One answer of our statement beside the workbook's. ``step``: 1 to 5, ``covered``, or ``facilities`` (counted)."""

    mineral: str
    step: str
    before: str
    workbook: str
    after: str


@dataclass(frozen=True, slots=True)
class TakenStatement:
    """Our statement as it then is, and each answer in which the workbook, or the outcome, is not what we stated."""

    statement: Mapping[str, object]
    comparison: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What whoever filled it in knows of a mineral. ``contradicted``: met, of a share of the mass below 1."""

    workbook: Entry
    steps: Mapping[str, str]
    covered: Decimal | None
    facilities: tuple[Entry, ...]
    contradicted: bool


def taken_into(
    stated: Mapping[str, object], said: EmrtContent, shown: EmrtContent | None, codes: DiligenceCodes
) -> TakenStatement:
    """Our statement with what a workbook knows. ``shown``: what ours says today, where the workbook is ours."""
    ours, theirs = _by_mineral(_objects(stated, "minerals")), _by_mineral(said.minerals)
    written = {} if shown is None else _by_mineral(shown.minerals)
    denied = cast("Sequence[str]", stated[ABSENT])
    minerals = dict(ours)
    for mineral, workbook in theirs.items():
        heard, before = _heard(workbook, written.get(mineral)), ours.get(mineral)
        if before is not None:
            minerals[mineral] = _merged(before, heard)
        elif heard.steps or heard.facilities or (heard.covered and mineral not in denied):
            minerals[mineral] = _added(heard)
    absent = [name for name in dict.fromkeys((*denied, *said.absent)) if name not in minerals]  # 4
    after = {**stated, "minerals": list(minerals.values()), ABSENT: absent}
    if said.grievance is not None and (shown is None or said.grievance != shown.grievance):
        after["grievance"] = said.grievance
    compared = [
        one
        for mineral in codes.minerals
        for one in _compared(
            mineral,
            _answers(ours.get(mineral), codes, absent=mineral in denied),
            _answers(theirs.get(mineral), codes, absent=mineral in said.absent),
            _answers(minerals.get(mineral), codes, absent=mineral in absent),
        )
    ]
    return TakenStatement(after, tuple(compared))


def _by_mineral(entries: Sequence[Entry]) -> dict[str, Entry]:
    return {str(entry["mineral"]): entry for entry in entries}


def _objects(members: Entry, name: str) -> Sequence[Entry]:
    return cast("Sequence[Entry]", members.get(name, ()))


def _steps(entry: Entry) -> Mapping[str, str]:
    return cast("Mapping[str, str]", entry["steps"])


def _heard(workbook: Entry, written: Entry | None) -> _Heard:
    """What is known in it and is not as we had written it."""
    usual = {} if written is None else _steps(written)
    steps = {step: answer for step, answer in _steps(workbook).items() if answer not in {_UNKNOWN, usual.get(step)}}
    covered = Decimal(str(workbook[COVERED]))
    earlier = () if written is None else _objects(written, FACILITIES)
    return _Heard(
        workbook=workbook,
        steps=steps,
        covered=None if written is not None and written[COVERED] == workbook[COVERED] else covered,
        facilities=tuple(facility for facility in _objects(workbook, FACILITIES) if facility not in earlier),
        contradicted=workbook["status"] == Status.MET.value and covered < 1,
    )


def _added(heard: _Heard) -> Entry:
    steps = {step: heard.steps.get(step, _UNKNOWN) for step in _steps(heard.workbook)}
    status = worst(map(Status, steps.values()))
    covered = str(heard.workbook[COVERED])
    entry = {
        **heard.workbook,
        "steps": steps,
        "status": status.value,
        COVERED: "0" if status is Status.UNKNOWN and covered == "1" else covered,
    }
    if FACILITIES in entry:
        entry[FACILITIES] = list(heard.facilities)
    return entry


def _merged(before: Entry, heard: _Heard) -> Entry:
    steps = {**_steps(before), **heard.steps}  # 1
    risks = [Status(str(risk["status"])) for risk in _objects(before, "risks")]
    everything = [Status(steps.get(step, _UNKNOWN)) for step in _steps(heard.workbook)]
    status = worst((*everything, *risks))
    after = {**before, "steps": steps, "status": status.value}
    covered = _covered(before, heard, status)  # 2
    if covered is None:
        after.pop(COVERED, None)
    elif COVERED not in before or Decimal(str(before[COVERED])) != covered:
        after[COVERED] = render_figure(covered)
    if heard.facilities:
        after[FACILITIES] = _facilities(_objects(before, FACILITIES), heard.facilities)  # 3
    return after


def _covered(before: Entry, heard: _Heard, status: Status) -> Decimal | None:
    """The larger share that fits the status; None: nobody can compute it."""
    if status is Status.MET and not heard.contradicted:
        return Decimal(1)
    ours = None if before.get(COVERED) is None else Decimal(str(before[COVERED]))
    said = heard.covered or None  # nothing of it known is no share that could replace one
    shares = [share for share in (ours, said) if share is not None]
    if status is Status.MET:  # registering it refuses what contradicts itself, with its place
        return Decimal(str(heard.workbook[COVERED]))
    return max((share for share in shares if share < 1 or status is not Status.UNKNOWN), default=None)


def _facilities(ours: Sequence[Entry], named: Sequence[Entry]) -> list[Entry]:
    kept = list(ours)
    free = set(range(len(ours)))
    for facility in named:
        place = next((index for index in sorted(free) if _is_same(kept[index], facility)), None)
        if place is None:
            kept.append(facility)
            continue
        free.remove(place)
        changed = {
            name: facility[name] for name in _COLUMNS if name in facility and facility[name] != kept[place].get(name)
        }
        if changed:  # another facility to a verifier: its hash is new, and so is its salt
            kept[place] = {name: value for name, value in {**kept[place], **changed}.items() if name != "salt"}
    return kept


def _is_same(ours: Entry, named: Entry) -> bool:
    def called(one: Entry) -> tuple[str, bool]:
        return str(one["name"]).strip().casefold(), one["role"] == FacilityRole.MINE.value

    return called(ours) == called(named) and all(
        ours[member] == named[member] for member in _TELLING if member in ours and member in named
    )


def _answers(entry: Entry | None, codes: DiligenceCodes, *, absent: bool) -> Mapping[str, str]:
    if entry is None:
        silent, share = (ABSENT, "") if absent else (_UNKNOWN, "0")
        return {**dict.fromkeys(codes.steps, silent), COVERED: share, FACILITIES: ""}
    steps = {step: _steps(entry).get(step, _UNKNOWN) for step in codes.steps}
    count = len(_objects(entry, FACILITIES))
    return {**steps, COVERED: str(entry.get(COVERED, "")), FACILITIES: str(count or "")}


def _compared(
    mineral: str, before: Mapping[str, str], workbook: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Compared]:
    for step, answer in before.items():
        if {workbook[step], after[step]} != {answer}:
            yield Compared(mineral, step, answer, workbook[step], after[step])
