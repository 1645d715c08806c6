"""A dialect as a table: the tree of its document, and for each member where it comes from and how it is spelled.

One JSON file a dialect in ``vocab/formats``; one with a ``base`` is that one with ``changes`` (by path; null removes).
A node of the tree has these members, all but ``is`` optional:

- ``is``: ``text``, ``number``, ``decimal`` (a number as text), ``whole``, ``boolean``, ``instant``, ``texts``,
  ``object``, ``list`` (of objects), ``keyed`` (a list of objects told apart by the member ``by``), ``any``;
- ``of``: the members of an object, or of each object in a list; for ``keyed`` an object for each key;
- ``required``, ``nullable``, ``fewest`` (items), ``unique``, ``shortest`` (text), ``low``, ``high``, ``above``,
  ``words`` (an enumeration), ``pattern`` (searched for), ``exactly`` (a pattern that is expected, with a warning only);
- ``from``: the leaves of our record, the first of them also where it is read to; ``details`` alone stands for the
  member's own name in the product details; a name with ``@`` is derived;
- ``way``: how it is spelled (``ways``); ``spelled``: our words to theirs;
- ``const``: what always stands there; ``default``: what stands there when nothing is known; ``each``: a list with one
  object for each item of a derived leaf.

Raises LocalError ``formats-broken-table``, ConfigurationError ``formats-unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from typing import Final, cast

from renkei.battery.units import UNITS, Unit
from renkei.formats.dialects.dialect_problems import BROKEN_TABLE, UNKNOWN_FORMAT

TYPE: Final = "FormatTable"
DETAILS: Final = "details"


@unique
class Form(Enum):
    """The JSON that a node is."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    WHOLE = "whole"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    TEXTS = "texts"
    OBJECT = "object"
    LIST = "list"
    KEYED = "keyed"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One member of a dialect's document; see the module."""

    form: Form
    of: Mapping[str, Node]
    by: str = ""
    required: bool = False
    nullable: bool = False
    fewest: int = 0
    unique: bool = False
    shortest: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    above: Decimal | None = None
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    exactly: re.Pattern[str] | None = None
    leaves: tuple[str, ...] = ()
    way: str = ""
    spelled: Mapping[str, str]
    const: object = None
    default: object = None
    each: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """Figures that should add up: ``total`` = all of ``parts``, with or without each of ``perhaps``."""

    total: str
    parts: tuple[str, ...]
    perhaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """What the elements of a keyed list must share.

    All of them have ``equal`` members, those of one ``group`` the same ``ratings``, which may be above 0 only where the
    ``figure`` of one of the group is.
    """

    equal: tuple[str, ...]
    group: str
    ratings: str
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One dialect. ``per_one``: figures are of one unit, whatever the record declares; ``stages``: its layout."""

    id: str
    title: Mapping[str, str]
    source: str
    root: Node
    stages: str
    per_one: bool
    decimals: int | None
    units: Mapping[str, str]
    marks: tuple[str, ...]
    version: tuple[str, str]
    sums: tuple[Sum, ...]
    together: Together | None
    notes: Mapping[str, str]

    def unit_named(self, spelled: str) -> Unit | None:
        """Our unit for one of theirs."""
        return next((UNITS[code] for code, name in self.units.items() if name == spelled), None)


@dataclass(frozen=True, slots=True)
class Formats:
    """All dialects by id."""

    tables: Mapping[str, Table]

    def table(self, format_id: str) -> Table:
        """One of them. Raises ConfigurationError ``formats-unknown``."""
        try:
            return self.tables[format_id]
        except KeyError:
            raise UNKNOWN_FORMAT(format=format_id, known=", ".join(self.tables)) from None


def read_tables(documents: Mapping[str, object]) -> Formats:
    """The tables among decoded JSON files, by file name; one may be based on another."""
    by_id: dict[str, Mapping[str, object]] = {}
    for name, document in documents.items():
        if isinstance(document, dict) and document.get("@type") == TYPE:
            if not isinstance(document.get("id"), str):
                raise BROKEN_TABLE(format=name, at="/id", cause="no text")
            by_id[document["id"]] = document
    return Formats({each: _table(each, _based(each, by_id)) for each in sorted(by_id)})


def _based(format_id: str, by_id: Mapping[str, Mapping[str, object]]) -> Mapping[str, object]:
    document = by_id[format_id]
    base = document.get("base")
    if base is None:
        return document
    if not isinstance(base, str) or base not in by_id or by_id[base].get("base") is not None:
        raise BROKEN_TABLE(format=format_id, at="/base", cause="no such table, or one that has a base itself")
    whole = dict(by_id[base])
    root = cast("dict[str, object]", whole.get("root"))
    for path, change in cast("dict[str, object]", document.get("changes", {})).items():
        root = _changed(root, path.split("/"), change, format_id)
    return {
        **whole,
        **{name: value for name, value in document.items() if name not in {"base", "changes"}},
        "root": root,
    }


def _changed(node: object, path: list[str], change: object, format_id: str) -> dict[str, object]:
    members = node.get("of") if isinstance(node, dict) else None
    if not isinstance(node, dict) or not isinstance(members, dict) or not path:
        raise BROKEN_TABLE(format=format_id, at="/changes", cause=f"there is no {'/'.join(path)} in the base")
    name, rest = path[0], path[1:]
    kept = dict(members)
    if rest:
        kept[name] = _changed(kept.get(name), rest, change, format_id)
    elif change is None:
        kept.pop(name, None)
    else:
        kept[name] = change
    return {**node, "of": kept}


def _table(format_id: str, document: Mapping[str, object]) -> Table:
    try:
        sums = cast("list[dict[str, object]]", document.get("sums", []))
        version = cast("list[str]", document.get("version", ["", ""]))
        together = cast("dict[str, object] | None", document.get("together"))
        return Table(
            id=format_id,
            title=cast("Mapping[str, str]", document["title"]),
            source=cast("str", document["source"]),
            root=_node("", document["root"]),
            stages=cast("str", document["stages"]),
            per_one=document.get("perOne") is True,
            decimals=cast("int | None", document.get("decimals")),
            units=cast("Mapping[str, str]", document["units"]),
            marks=_texts(document.get("marks")),
            version=(version[0], version[1]),
            sums=tuple(Sum(cast("str", s["total"]), _texts(s["parts"]), _texts(s.get("perhaps"))) for s in sums),
            together=None if together is None else Together(_texts(together["equal"]), *_texts(together["group"])),
            notes=cast("Mapping[str, str]", document.get("notes", {})),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, re.error) as error:
        raise BROKEN_TABLE(format=format_id, at="/", cause=f"{type(error).__name__} {error}") from None


def _node(name: str, value: object) -> Node:
    given = cast("dict[str, object]", value)
    leaves = tuple(f"{DETAILS}.{name}" if leaf == DETAILS else leaf for leaf in _texts(given.get("from")))
    return Node(
        form=Form(given["is"]),
        of={inner: _node(inner, node) for inner, node in cast("dict[str, object]", given.get("of", {})).items()},
        by=cast("str", given.get("by", "")),
        required=given.get("required") is True,
        nullable=given.get("nullable") is True,
        fewest=cast("int", given.get("fewest", 0)),
        unique=given.get("unique") is True,
        shortest=cast("int", given.get("shortest", 0)),
        low=_bound(given.get("low")),
        high=_bound(given.get("high")),
        above=_bound(given.get("above")),
        words=_texts(given.get("words")),
        pattern=_pattern(given.get("pattern")),
        exactly=_pattern(given.get("exactly")),
        leaves=leaves,
        way=cast("str", given.get("way", "")),
        spelled=cast("Mapping[str, str]", given.get("spelled", {})),
        const=given.get("const"),
        default=given.get("default"),
        each=cast("str", given.get("each", "")),
    )


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(cast("list[str]", value))


def _bound(value: object) -> Decimal | None:
    return None if value is None else Decimal(cast("str", value))


def _pattern(value: object) -> re.Pattern[str] | None:
    return None if value is None else re.compile(cast("str", value), re.ASCII)


def rows(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every member below, with its path; ``[]`` stands for the objects of a list. For the reference page."""
    for name, inner in node.of.items():
        here = f"{path}/{name}"
        yield here, inner
        yield from rows(inner, here + ("[]" if inner.form is Form.LIST else ""))


def path_of(table: Table, leaf: str) -> str:
    """Where a dialect has a leaf, as a JSON pointer into the first object of each list; empty where it has none."""
    return next((path.replace("[]", "/0") for path, node in rows(table.root) if leaf in node.leaves), "")
