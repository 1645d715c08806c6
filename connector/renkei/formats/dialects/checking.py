"""Judging a document by a dialect's table: what does not fit is an error, what is merely suspicious a warning.

What must hold of every member (errors):

1. it is there when it must be, and is the JSON that it must be;
2. its figure lies within its bounds and has no more decimals than the format has; its text is long enough, fits its
   pattern, and is one of the words; lists have enough items, and none twice where that is forbidden;
3. in a list told apart by a member, every key that must be there stands once, and no other;
4. elements of such a list agree in what they must share, and a rating stands only where there is a figure to rate.

Warnings: members that the format does not define, texts that are odd (a day that no calendar has), another version of
the format than the table's, and figures that do not add up (``sums``). The verdict on errors equals that of the
official schema; nothing is dereferenced and no figure is written out, so that hostile values cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from typing import Final

from renkei.battery.units import parse_figure
from renkei.formats.dialects.dialect_problems import NOT_RECOGNISED
from renkei.formats.dialects.sums import odd_sums
from renkei.formats.dialects.table import Form, Formats, Node, Table, Together
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError, printable
from renkei.kernel.strict_json import kind_of

_MOST_FINDINGS: Final = 500
_LONGEST_FOUND: Final = 120
_KINDS: Final = {
    Form.TEXT: "string",
    Form.INSTANT: "string",
    Form.DECIMAL: "string",
    Form.NUMBER: "number",
    Form.WHOLE: "number",
    Form.BOOLEAN: "boolean",
    Form.TEXTS: "array",
    Form.LIST: "array",
    Form.KEYED: "array",
    Form.OBJECT: "object",
}


@unique
class Severity(Enum):
    """Whether a document may be taken all the same."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where; ``rule`` is one word for the kind of thing."""

    severity: Severity
    path: str
    rule: str
    found: str
    expected: str

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "severity": self.severity.value,
            "path": self.path,
            "rule": self.rule,
            "found": self.found,
            "expected": self.expected,
        }


def check(table: Table, document: object) -> tuple[Finding, ...]:
    """All findings in the order of the table, errors before warnings; no more than 500."""
    found: list[Finding] = []
    for finding in _node(table, table.root, document, ""):
        found.append(finding)
        if len(found) >= _MOST_FINDINGS:
            break
    found.extend(_warning(path, "sum", shown(value), expected) for path, value, expected in odd_sums(table, document))
    found.extend(_other_version(table, document))
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those because of which a document is not valid."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def recognise(formats: Formats, document: object) -> Table:
    """The format whose members a document has; of several, the one whose version it names.

    Raises ConfigurationError ``formats-not-recognised``.
    """
    sample = document[0] if isinstance(document, list) and document else document
    held = [
        table
        for table in formats.tables.values()
        if isinstance(sample, dict) and table.marks and all(mark in sample for mark in table.marks)
    ]
    named = [table for table in held if not table.version[0] or _version_of(table, document) == table.version[1]]
    if not held:
        raise NOT_RECOGNISED(known=", ".join(formats.tables))
    return (named or held)[0]


def shown(value: object) -> str:
    """A value as it may stand in a message."""
    if isinstance(value, str | int | Decimal):
        text = printable(str(value)) if not isinstance(value, int) or abs(value) < 10**60 else "a huge number"
        return text if len(text) <= _LONGEST_FOUND else text[:_LONGEST_FOUND] + "…"
    return kind_of(value)


def _node(table: Table, node: Node, value: object, path: str) -> Iterator[Finding]:
    if (value is None and node.nullable) or node.form is Form.ANY:
        return
    wanted = _KINDS[node.form]
    if kind_of(value) != wanted:  # (1)
        yield _error(path, "type", kind_of(value) if value is not None else "null", _a(wanted))
    elif isinstance(value, dict):
        yield from _object(table, node, value, path)
    elif isinstance(value, list):
        yield from _list(table, node, value, path)
    elif isinstance(value, str):
        yield from _text(node, value, path)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield from _figure(table, node, Decimal(value), path)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "ao" else f"a {kind}"


def _object(table: Table, node: Node, value: dict[str, object], path: str) -> Iterator[Finding]:
    for name, inner in node.of.items():
        if name in value:
            yield from _node(table, inner, value[name], f"{path}/{pointer(name)}")
        elif inner.required:
            yield _error(f"{path}/{name}", "missing", "nothing", "there")  # (1)
    for name in value:
        if name not in node.of and name != node.by:
            yield _warning(f"{path}/{pointer(name)}", "unknown", shown(name), "a member that the format defines")


def _list(table: Table, node: Node, value: list[object], path: str) -> Iterator[Finding]:
    if len(value) < node.fewest:  # (2)
        yield _error(path, "fewest", str(len(value)), f"at least {node.fewest} items")
    if node.unique and _twice(value):  # (2)
        yield _error(path, "twice", "an item that stands twice", "a list that holds nothing twice")
    if node.form is Form.TEXTS:
        for i, item in enumerate(value):
            here = f"{path}/{i}"
            if isinstance(item, str):
                yield from _text(node, item, here)
            else:
                yield _error(here, "type", kind_of(item), "a string")  # (1)
    elif node.form is Form.KEYED:
        yield from _keyed(table, node, value, path)
    else:
        for i, item in enumerate(value):
            if isinstance(item, dict):
                yield from _object(table, node, item, f"{path}/{i}")
            else:
                yield _error(f"{path}/{i}", "type", kind_of(item), "an object")  # (1)


def _keyed(table: Table, node: Node, value: list[object], path: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, item in enumerate(value):
        here = f"{path}/{i}"
        key = item.get(node.by) if isinstance(item, dict) else None
        if not isinstance(item, dict):
            yield _error(here, "type", kind_of(item), "an object")  # (1)
        elif not isinstance(key, str) or key not in node.of or key in seen:  # (3)
            yield _error(f"{here}/{node.by}", "key", shown(key), "one of " + ", ".join(node.of) + ", each once")
        else:
            seen.add(key)
            inner = node.of[key]
            yield from _object(table, Node(form=inner.form, of=inner.of, by=node.by, spelled={}), item, here)
    for key, inner in node.of.items():
        if inner.required and key not in seen:  # (3)
            yield _error(f"{path}/-", "missing", "nothing", f"an element with {node.by} {key}")
    if table.together is not None:
        yield from _agreeing(table.together, [item for item in value if isinstance(item, dict)], path)


def _agreeing(together: Together, items: list[dict[str, object]], path: str) -> Iterator[Finding]:
    groups: dict[object, tuple[object, bool]] = {}
    for i, item in enumerate(items):
        for name in together.equal:
            if item.get(name) != items[0].get(name):  # (4)
                yield _error(f"{path}/{i}/{name}", "agree", shown(item.get(name)), "as in the first element")
        group, ratings, emits = (
            str(item.get(together.group)),
            item.get(together.ratings),
            _above_zero(item.get(together.figure)),
        )
        first, emitted = groups.setdefault(group, (ratings, emits))
        groups[group] = (first, emitted or emits)
        if ratings != first:  # (4)
            yield _error(f"{path}/{i}/{together.ratings}", "agree", "other ratings", f"those of the other {group}")
    for named, (rates, emitted) in groups.items():
        rated = isinstance(rates, dict) and any(map(_above_zero, rates.values()))
        if rated and not emitted:  # (4)
            yield _error(path or "/", "rated", f"a rating for {named}", f"0 where {together.figure} is 0")


def _above_zero(value: object) -> bool:
    return isinstance(value, int | Decimal) and value > 0


def _text(node: Node, value: str, path: str) -> Iterator[Finding]:
    if node.form is Form.DECIMAL:
        figure = parse_figure(value.removeprefix("+"))
        if figure is None:  # (2)
            yield _error(path, "decimal", shown(value), "a decimal with a point, such as 12.5")
        elif not _within(node, figure):  # (2)
            yield _error(path, "range", shown(value), bounds(node))
        return
    if len(value) < node.shortest:  # (2)
        yield _error(path, "short", shown(value), f"at least {node.shortest} characters")
    if node.pattern is not None and not node.pattern.search(value):  # (2)
        yield _error(path, "pattern", shown(value), _instant_or(node, f"a text like {node.pattern.pattern}"))
    elif node.words and value not in node.words:  # (2)
        yield _error(path, "words", shown(value), "one of " + ", ".join(node.words))
    elif node.exactly is not None and not node.exactly.fullmatch(value):
        yield _warning(path, "odd", shown(value), f"a text like {node.exactly.pattern}")
    elif node.form is Form.INSTANT and not _is_instant(value):
        yield _warning(path, "instant", shown(value), "a point in time with a zone")


def _instant_or(node: Node, text: str) -> str:
    return "a point in time such as 2026-11-22T09:30:00Z" if node.form is Form.INSTANT else text


def _figure(table: Table, node: Node, value: Decimal, path: str) -> Iterator[Finding]:
    if not _within(node, value):  # (2)
        yield _error(path, "range", shown(value), bounds(node))
    elif node.form is Form.WHOLE and value != value.to_integral_value():
        yield _warning(path, "whole", shown(value), "a whole number")
    elif table.decimals is not None and decimals(value) > table.decimals:  # (2)
        yield _error(path, "decimals", shown(value), f"a figure with at most {table.decimals} decimals")


def _within(node: Node, value: Decimal) -> bool:
    return (
        (node.low is None or value >= node.low)
        and (node.high is None or value <= node.high)
        and (node.above is None or value > node.above)
    )


def bounds(node: Node) -> str:
    """A node's bounds in words."""
    low = (
        f"at least {node.low}" if node.low is not None else f"more than {node.above}" if node.above is not None else ""
    )
    high = f"at most {node.high}" if node.high is not None else ""
    return " and ".join(text for text in (low, high) if text)


def decimals(value: Decimal) -> int:
    """How many decimals a figure has, trailing zeros left out."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return 0
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -exponent - zeros)


def pointer(name: str) -> str:
    """A member's name as a step of a JSON pointer (RFC 6901)."""
    return printable(name).replace("~", "~0").replace("/", "~1")


def _twice(value: list[object]) -> bool:
    if all(isinstance(item, str) for item in value):
        return len({str(item) for item in value}) != len(value)
    return any(item == other for i, item in enumerate(value[:100]) for other in value[:i])


def _is_instant(value: str) -> bool:
    try:
        instants.parse(value)
    except RenkeiError:
        return False
    return True


def _version_of(table: Table, document: object) -> object:
    value = document
    for step in table.version[0].strip("/").split("/"):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and value:
            value = value[0].get(step) if isinstance(value[0], dict) and not step.isdigit() else value[0]
        else:
            return None
    return value


def _other_version(table: Table, document: object) -> Iterator[Finding]:
    if table.version[0]:
        found = _version_of(table, document)
        if isinstance(found, str) and found != table.version[1]:
            yield _warning(table.version[0], "version", shown(found), table.version[1])


def _error(path: str, rule: str, found: str, expected: str) -> Finding:
    return Finding(Severity.ERROR, path or "/", rule, found, expected)


def _warning(path: str, rule: str, found: str, expected: str) -> Finding:
    return Finding(Severity.WARNING, path or "/", rule, found, expected)
