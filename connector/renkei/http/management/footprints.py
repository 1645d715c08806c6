"""Management of how footprints are calculated: rule sets, our secondary factors, records made again.

All of it is for our own eyes: a partner sees what ``publish`` lets leave the house.
"""

from __future__ import annotations

from typing import Final

import msgspec

from renkei.battery import FactorList
from renkei.exchange.records.kept import Document
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.problems import BAD_BODY
from renkei.http.management.views import Page

_LARGEST_LIST: Final = 16 * 1024 * 1024


class RuleSetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set: its short name and its id, either of which names it; ``used``: where a part names no other."""

    name: str
    id: str
    title: dict[str, str]
    as_of: str
    status: str
    used: bool


class RegisteringFactors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The company's own secondary factors: ``csv`` text, or a SecondaryFactorList as JSON; one of the two."""

    csv: str | None = None
    listed: Document = {}


class Recalculating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``now``: also compare the inputs kept with the record with those of today."""

    now: bool = False


class Comparing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules``: under which rule set, by its short name or id."""

    rules: str


async def list_rule_sets(desk: Desk, values: PathValues, asked: Nothing) -> Page[RuleSetSummary]:
    """All rule sets."""
    calculations = desk.participant.calculations
    return Page(
        items=[
            RuleSetSummary(
                name=name,
                id=rules.id,
                title=dict(rules.title),
                as_of=rules.as_of.isoformat(),
                status=rules.status.value,
                used=rules.id == calculations.in_use,
            )
            for name, rules in calculations.rule_sets.items()
        ]
    )


async def show_rule_set(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """One rule set in full, with its sources and its hash."""
    rules = desk.participant.calculations.rule_set(values["id"])
    return {**rules.to_json(), "hash": rules.hash}


async def register_factors(desk: Desk, values: PathValues, asked: RegisteringFactors) -> Document:
    """Keep this list in place of the one before; what it estimates is calculated anew."""
    if (asked.csv is None) == (not asked.listed):
        raise BAD_BODY(cause="exactly one of csv and listed must be given")
    listed = FactorList.from_json(asked.listed) if asked.csv is None else FactorList.from_csv(asked.csv)
    return (await desk.participant.calculations.register_factors(listed)).to_json()


async def show_factors(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """Our own secondary factors."""
    return (await desk.participant.parts.factors()).to_json()


async def recalculate_footprint(desk: Desk, values: PathValues, asked: Recalculating) -> Document:
    """Make a record of ours again from the inputs kept with it, and name the first difference."""
    return (await desk.participant.calculations.recalculated(values["id"], now=asked.now)).to_json()


async def compare_footprint(desk: Desk, values: PathValues, asked: Comparing) -> Document:
    """The kept inputs of a record under another rule set, with the reasons of every difference."""
    return (await desk.participant.calculations.compared(values["id"], asked.rules)).to_json()


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /rules", "List rule sets", list_rule_sets, Nothing, Page[RuleSetSummary]),
    operation("GET /rules/{id}", "Show one rule set", show_rule_set, Nothing, Document),
    operation(
        "PUT /factors",
        "Register our secondary factors",
        register_factors,
        RegisteringFactors,
        Document,
        size_limit=_LARGEST_LIST,
    ),
    operation("GET /factors", "Show our secondary factors", show_factors, Nothing, Document),
    operation(
        "GET /footprints/{id}/recalculation",
        "Make a footprint record again",
        recalculate_footprint,
        Recalculating,
        Document,
    ),
    operation(
        "GET /footprints/{id}/comparison",
        "A footprint record under another rule set",
        compare_footprint,
        Comparing,
        Document,
    ),
)
