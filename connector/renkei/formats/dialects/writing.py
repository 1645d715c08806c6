"""Writing a footprint record in a dialect: the table says where each leaf goes, the log tells what became of the rest.

A document is written, then judged by the very check that judges other people's: what does not hold is refused (or the
next unit is tried, where rescaling is allowed). Raises ConfigurationError ``formats-fact-needed``,
``formats-out-of-range``, ``formats-unit-not-there``, ``formats-not-exact``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from renkei.battery.footprint.record import FootprintRecord
from renkei.formats.dialects.checking import check, errors
from renkei.formats.dialects.derivations import Derived, derive, named
from renkei.formats.dialects.details import ProductDetails
from renkei.formats.dialects.dialect_problems import NEEDED, OUT_OF_RANGE
from renkei.formats.dialects.fitting import STRICT, Leeway, fits
from renkei.formats.dialects.layouts import arrange, gate_of
from renkei.formats.dialects.leaves import STAGES, Leaves, figure, leaves_of
from renkei.formats.dialects.loss import Change, Log, LossReport, Why
from renkei.formats.dialects.table import Form, Node, Table
from renkei.formats.dialects.ways import Place, way_of
from renkei.kernel.problems import RenkeiError

_NOTHING: Final = object()
_EMPTY: Final = ProductDetails()


@dataclass(frozen=True, slots=True)
class Written:
    """A document in a dialect, as plain JSON values (figures are Decimal or int), and the report."""

    document: object
    report: LossReport


def write_record(
    table: Table, record: FootprintRecord, details: ProductDetails = _EMPTY, leeway: Leeway = STRICT
) -> Written:
    """The record in a dialect."""
    leaves = leaves_of(record, details)
    first: RenkeiError | None = None
    try:
        for fitted in fits(table, leaves, leeway):
            log = Log(list(fitted.losses))
            try:
                return _written(table, fitted.leaves, leeway, log)
            except RenkeiError as error:
                first = first or error
    except RenkeiError as error:
        first = first or error
    assert first is not None
    raise first


def _written(table: Table, leaves: Leaves, leeway: Leeway, log: Log) -> Written:
    derived = arrange(table.stages, leaves, log) | derive(leaves, gate_of(table.stages, leaves))
    writer = _Writer(table, leaves, derived, log, leeway)
    document = writer.value(table.root, "")
    for finding in errors(check(table, document))[:1]:
        raise OUT_OF_RANGE(format=table.id, found=finding.found, path=finding.path, expected=finding.expected)
    for name, value in leaves.items():
        if name not in writer.used and not (name in STAGES and not figure(leaves, name)):
            log.add(Change.DROPPED, Why.NO_PLACE, leaf=name, value=value)
    return Written(document, log.report(table.id))


class _Writer:
    """One document while it is written; ``used``: the leaves that have found their place."""

    def __init__(self, table: Table, leaves: Leaves, derived: Mapping[str, Derived], log: Log, leeway: Leeway) -> None:
        self.used: set[str] = set(derived["@nothing"].of) if "@nothing" in derived else set()
        self._table = table
        self._known: dict[str, object] = dict(leaves) | {name: each.value for name, each in derived.items()}
        self._derived = derived
        self._log = log
        self._may_round = leeway.rounding

    def value(self, node: Node, path: str) -> object:
        """What stands at a node; ``_NOTHING`` when the member is left out."""
        if node.form is Form.OBJECT:
            return self._members(node, path) if node.required or self._holds(node) else _NOTHING
        if node.form is Form.KEYED:
            return [
                {node.by: key, **self._members(inner, f"{path}/{i}")} for i, (key, inner) in enumerate(self._keys(node))
            ]
        if node.form is Form.LIST and node.of and not node.way:
            return self._list(node, path)
        return self._leaf(node, path)

    def _keys(self, node: Node) -> list[tuple[str, Node]]:
        return [(key, inner) for key, inner in node.of.items() if inner.required]

    def _list(self, node: Node, path: str) -> object:
        if node.each:
            kept = self._known
            entries = cast("list[dict[str, object]]", kept[node.each])
            self.used.update(self._derived[node.each].of)
            written = []
            for i, entry in enumerate(entries):
                self._known = kept | entry
                written.append(self._members(node, f"{path}/{i}"))
            self._known = kept
            return written
        return [self._members(node, f"{path}/0")] if node.required or self._holds(node) else _NOTHING

    def _members(self, node: Node, path: str) -> dict[str, object]:
        values = ((name, self.value(inner, f"{path}/{name}")) for name, inner in node.of.items())
        return {name: value for name, value in values if value is not _NOTHING}

    def _holds(self, node: Node) -> bool:
        """Whether something is known of what stands below: a default alone is no reason to write an object."""
        return any(leaf in self._known for leaf in node.leaves) or any(map(self._holds, node.of.values()))

    def _leaf(self, node: Node, path: str) -> object:
        name = next((leaf for leaf in node.leaves if leaf in self._known), None)
        if name is not None:
            self._use(name, node, path)
            derived = self._derived.get(name)
            of = derived.of if derived is not None and named(name) == name else (named(name),)
            place = Place(self._table, node, path, of, self._log, self._may_round)
            if name == "declaredUnit":
                return self._table.units[str(self._known[name])]
            return way_of(node).write(self._known[name], place)
        if not node.required:
            return _NOTHING
        if node.const is not None:
            return node.const
        if node.default is not None or node.nullable:
            if node.leaves:
                leaf = node.leaves[0]
                self._log.add(Change.DEFAULTED, Why.DEMANDED, leaf=named(leaf), path=path, value=node.default)
            return node.default
        raise NEEDED(format=self._table.id, leaf=named(node.leaves[0]) if node.leaves else "?", path=path)

    def _use(self, name: str, node: Node, path: str) -> None:
        derived = self._derived.get(name)
        self.used.update((name,) if derived is None else derived.of)
        for change, why, leaf in derived.notes if derived else ():
            self._log.add(change, why, leaf=leaf, path=path, value=self._known[name])
        if name != node.leaves[0] and not name.startswith("@"):
            self._log.add(Change.DERIVED, Why.ELSEWHERE, leaf=name, path=path, value=self._known[name])
            self._log.add(Change.DERIVED, Why.ELSEWHERE, leaf=named(node.leaves[0]), path=path)
