"""Reading a footprint record from a dialect: what the table knows becomes leaves, and the leaves a record.

What a record needs and the dialect does not hold (of which part, of which period, under which rules) is given by the
caller, or follows from what there is, which is told. Raises PeerError ``formats-invalid`` for a document that does not
fit its table, ``formats-not-readable``, ``formats-percent-or-kilogram``, ``battery-record-…``; ConfigurationError
``formats-fact-needed``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from renkei.battery.footprint.record import FootprintRecord
from renkei.battery.units import UNITS
from renkei.formats.dialects.checking import check, errors, pointer
from renkei.formats.dialects.derivations import complete_validity, named, part_of, resolve
from renkei.formats.dialects.details import ProductDetails
from renkei.formats.dialects.dialect_problems import INVALID, NEEDED, NOT_READABLE
from renkei.formats.dialects.fitting import STRICT, Leeway
from renkei.formats.dialects.layouts import Read, compose
from renkei.formats.dialects.leaves import Leaves, record_of
from renkei.formats.dialects.loss import Change, Log, LossReport, Why
from renkei.formats.dialects.table import Form, Node, Table, path_of
from renkei.formats.dialects.ways import Place, way_of

_RULES: Final = "urn:renkei:rules:as-stated:"
_NEEDED: Final = ("id", "part", "company", "period.start", "period.end", "declaredUnit")
_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_FOLLOWING: Final[Mapping[str, tuple[str, ...]]] = {
    "part": ("details.productIds", "details.manufacturerPartId", "details.traceId"),
    "company": ("details.companyIds", "details.legalEntity"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A record, what else the document said of the product, and the report."""

    record: FootprintRecord
    details: ProductDetails
    report: LossReport


def take_record(
    table: Table, document: object, given: Mapping[str, object] | None = None, leeway: Leeway = STRICT
) -> Taken:
    """The record that a document states; ``given``: leaves that it lacks, or that the caller knows better."""
    found = errors(check(table, document))
    for finding in found[:1]:
        raise INVALID(
            path=finding.path, found=finding.found, format=table.id, expected=finding.expected, count=len(found)
        )
    log = Log()
    reader = _Reader(table, log)
    reader.value(table.root, document, "")
    leaves, where = reader.leaves, reader.where
    compose(table.stages, Read(leaves, log, where, leeway.rescale))
    resolve(leaves, log, where)
    _state(leaves, given or {}, log, where)
    _complete(table, leaves, log)
    record, details = record_of(leaves)
    return Taken(record, details, log.report(table.id))


def _state(leaves: Leaves, given: Mapping[str, object], log: Log, where: Mapping[str, str]) -> None:
    for name, stated in given.items():
        value = int(str(stated)) if name == "version" and _COUNT.fullmatch(str(stated)) else stated
        if leaves.get(name) != value:
            log.add(Change.DERIVED, Why.STATED, leaf=name, path=where.get(name, ""), value=leaves.get(name, ""))
        leaves[name] = value


def _complete(table: Table, leaves: Leaves, log: Log) -> None:
    for name, sources in _FOLLOWING.items():
        source = next((each for each in sources if each in leaves), None)
        if name not in leaves and source is not None:
            value = leaves[source]
            leaves[name] = part_of(str(value[0] if isinstance(value, list) else value))
            log.add(Change.DERIVED, Why.ELSEWHERE, leaf=name, value=leaves[name])
    for name, default in (("version", 1), ("ruleSet", _RULES + table.id), ("declaredUnitAmount", "1")):
        if name not in leaves:
            leaves[name] = default
            log.add(Change.DEFAULTED, Why.DEMANDED, leaf=name, value=default)
    for name in _NEEDED:
        if name not in leaves:
            raise NEEDED(format="FootprintRecord", leaf=name, path=table.id)
    complete_validity(leaves, log, {name: path_of(table, name) for name in ("validity.start", "validity.end")})


class _Reader:
    """One document while it is read; ``where``: the path from which a leaf was read."""

    def __init__(self, table: Table, log: Log) -> None:
        self.leaves: Leaves = {}
        self.where: dict[str, str] = {}
        self._table = table
        self._log = log

    def value(self, node: Node, value: object, path: str) -> None:
        """Take what is known at a node; what is not, is told."""
        if node.form is Form.OBJECT and isinstance(value, dict):
            self._members(node, value, path)
        elif node.form is Form.KEYED and isinstance(value, list):
            for i, item in enumerate(value):
                self._keyed(node, cast("dict[str, object]", item), f"{path}/{i}")
        elif node.form is Form.LIST and node.of and not node.way and isinstance(value, list):
            self._list(node, value, path)
        else:
            self._leaf(node, value, path)

    def _members(self, node: Node, value: dict[str, object], path: str) -> None:
        for name, inner in value.items():
            here = f"{path}/{pointer(name)}"
            if name in node.of:
                self.value(node.of[name], inner, here)
            elif name != node.by:
                self._log.add(Change.DROPPED, Why.NOT_KNOWN, path=here, value=inner)

    def _keyed(self, node: Node, item: dict[str, object], path: str) -> None:
        inner = node.of[str(item[node.by])]
        if inner.required:
            known = Node(form=Form.OBJECT, of=inner.of, by=node.by, spelled={})
            self._members(known, item, path)
        else:
            self._log.add(Change.DROPPED, Why.CALCULATED, path=path, value=item.get(node.by))

    def _list(self, node: Node, value: list[object], path: str) -> None:
        if node.each:
            kept, entries = self.leaves, []
            for i, item in enumerate(value):
                self.leaves = {"@path": f"{path}/{i}"}
                self._members(node, cast("dict[str, object]", item), f"{path}/{i}")
                entries.append(self.leaves)
            self.leaves = kept
            self._share(entries)
            self.leaves[node.each] = [
                {name: each[name] for name in ("@path", "@value", "@phases") if name in each} for each in entries
            ]
            return
        for i, item in enumerate(value):
            if i == 0:
                self._members(node, cast("dict[str, object]", item), f"{path}/{i}")
            else:
                self._log.add(Change.DROPPED, Why.ONE_ONLY, path=f"{path}/{i}", value=item)

    def _share(self, entries: list[Leaves]) -> None:
        """What each entry says anew, they must all say: what is said first holds."""
        for entry in entries:
            for name, value in entry.items():
                if name.startswith("@"):
                    continue
                if name not in self.leaves:
                    self.leaves[name] = value
                elif self.leaves[name] != value:
                    if name.startswith("declaredUnit"):
                        raise NOT_READABLE(
                            path=str(entry["@path"]), found=value, expected="the unit and quantity of the other entries"
                        )
                    self._log.add(Change.DROPPED, Why.ONE_ONLY, leaf=name, path=str(entry["@path"]), value=value)

    def _leaf(self, node: Node, value: object, path: str) -> None:
        if value is None:
            return
        if not node.leaves:
            if value != (node.const if node.const is not None else node.default):
                self._log.add(Change.DROPPED, Why.NO_PLACE, path=path, value=value)
            return
        if value in ("", []) and value == node.default:
            return
        name = node.leaves[0]
        if name == "declaredUnit":
            self._unit(value, path)
            return
        if name in self.leaves:
            if self.leaves[name] != way_of(node).read(value, Place(self._table, node, path, (name,), Log())):
                self._log.add(Change.DROPPED, Why.ONE_ONLY, leaf=name, path=path, value=value)
            return
        read = way_of(node).read(value, Place(self._table, node, path, (named(name),), self._log))
        if read is not None and read != []:
            self.leaves[name] = read
            self.where[name] = path
        elif value != [] or node.default != []:
            self._log.add(Change.DROPPED, Why.NO_PLACE, path=path, value=value)

    def _unit(self, value: object, path: str) -> None:
        unit = self._table.unit_named(str(value))
        if unit is None:
            known = ", ".join(self._table.units.values())
            raise NOT_READABLE(path=path, found=value, expected=f"one of {known}")
        if self.leaves.get("declaredUnit", unit.code) != unit.code:
            raise NOT_READABLE(path=path, found=value, expected="the unit of the other elements")
        assert unit.code in UNITS
        self.leaves["declaredUnit"] = unit.code
