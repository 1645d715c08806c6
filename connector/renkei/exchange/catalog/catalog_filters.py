"""The filter of a catalog request: which of the datasets that a requester may see it wants to be shown.

``filter`` is a list of which every item must hold. An item is a criterion::

    {"operandLeft": "dct:type", "operator": "=", "operandRight": "https://w3id.org/catenax/taxonomy#PcfExchange"}

or a query of Eclipse EDC's form, ``{"filterExpression": [criteria], "limit": 50, "offset": 0}``, as its connectors
send it with every catalog request. Names may stand bare, under ``edc:`` or under EDC's namespace; values may be JSON-LD
value or node objects.

- ``operandLeft``: ``id`` (or ``@id``) is the dataset's id; any other is a member of its description, by absolute or
  prefixed IRI (``dct:type``, ``dct:title``, ``dcat:keyword``, …), of whose values one must match.
- ``operator``: ``=`` with one text, ``in`` with several, ``like`` with a text whose only ``%`` is its last sign: what
  begins with the rest.
- ``limit`` is at most our page; the rest comes by the ``Link`` header. ``offset`` other than 0, ``sortField`` and
  falling ``sortOrder`` are not supported.

Everything else is ``catalog-unsupported-filter``: a filter that is left would show more than was asked for. What has
more criteria or texts than anybody asks for in earnest is ``catalog-filter-too-large``: each criterion is judged
against every dataset that the requester may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from renkei.exchange.catalog.catalog_problems import FILTER_TOO_LARGE
from renkei.exchange.problems import UNSUPPORTED_FILTER
from renkei.kernel import jcs
from renkei.policy.terms import expand

MOST_CRITERIA: Final = 16
"""How many criteria a filter may have, and how many items."""
MOST_TEXTS: Final = 1_000
"""How many texts all criteria of a filter may have together."""
_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_CRITERION: Final = frozenset({"operandLeft", "operator", "operandRight"})
_QUERY: Final = frozenset({"filterExpression", "limit", "offset", "sortOrder", "sortField"})
_ID: Final = frozenset({"id", "@id", "edc:id", _EDC + "id"})


class Operation(Enum):
    """How values are compared."""

    EQUAL = "="
    IN = "in"
    LIKE = "like"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition. ``member``: the absolute IRI of a member, empty for the id; ``texts``: for LIKE one prefix."""

    member: str
    operation: Operation
    texts: frozenset[str]

    def holds(self, values: Sequence[str]) -> bool:
        """Whether one of these is what is asked for."""
        if self.operation is Operation.LIKE:
            return any(value.startswith(text) for value in values for text in self.texts)
        return not self.texts.isdisjoint(values)


@dataclass(frozen=True, slots=True)
class CatalogFilter:
    """All conditions of a request. ``limit``: the most datasets wanted on one page."""

    criteria: tuple[Criterion, ...] = ()
    limit: int | None = None

    @property
    def question(self) -> str:
        """The same text for the same filter, whatever its spelling."""
        return jcs.sha256([[item.member, item.operation.value, sorted(item.texts)] for item in self.criteria])

    @property
    def ids(self) -> frozenset[str] | None:
        """The only ids that can match, where the filter names them."""
        named = [
            item.texts
            for item in self.criteria
            if not item.member and item.operation in {Operation.EQUAL, Operation.IN}
        ]
        return frozenset.intersection(*named) if named else None

    def matches(self, dataset: str, description: Mapping[str, object]) -> bool:
        """Whether a dataset is what is asked for."""
        values = {**_values(description), "": [dataset]} if self.criteria else {}
        return all(item.holds(values.get(item.member, ())) for item in self.criteria)


def read_filter(items: Sequence[object] | None) -> CatalogFilter:
    """Read the ``filter`` of a request.

    Raises PeerError ``catalog-unsupported-filter``, ``catalog-filter-too-large``.
    """
    _demand_modest(len(items or ()))
    criteria: list[Criterion] = []
    limits: list[int] = []
    texts = 0
    for item in items or ():
        expressions, limit = _asked(_members(item))
        limits += limit
        _demand_modest(len(criteria) + len(expressions))
        for members in map(_members, expressions):
            right = members.get("operandRight")
            texts += len(right) if isinstance(right, list) else 1
            _demand_modest(texts=texts)
            criteria.append(_criterion(members))
    return CatalogFilter(tuple(criteria), min(limits, default=None))


def _demand_modest(criteria: int = 0, texts: int = 0) -> None:
    if criteria > MOST_CRITERIA or texts > MOST_TEXTS:
        raise FILTER_TOO_LARGE(limit=MOST_CRITERIA, values=MOST_TEXTS)


def _asked(members: Mapping[str, object]) -> tuple[Sequence[object], list[int]]:
    """The criteria in one item of a filter, and its limit if it has one."""
    if members.keys() == _CRITERION:
        return [members], []
    if members.keys() <= _QUERY:
        expressions = members.get("filterExpression", [])
        return expressions if isinstance(expressions, list) else [expressions], _limit(members)
    raise UNSUPPORTED_FILTER(cause=f"an item has the members {', '.join(sorted(members))}")


def _members(item: object) -> dict[str, object]:
    if not isinstance(item, Mapping):
        raise UNSUPPORTED_FILTER(cause=f"{item!r} is no object")
    named = {
        str(name).removeprefix(_EDC).removeprefix("edc:"): value for name, value in item.items() if name != "@type"
    }
    if len(named) != len(item.keys() - {"@type"}):
        raise UNSUPPORTED_FILTER(cause=f"one of {', '.join(sorted(named))} stands twice")
    return named


def _limit(members: Mapping[str, object]) -> list[int]:
    if _value(members.get("offset", 0)) != 0 or "sortField" in members or _value(members.get("sortOrder")) == "DESC":
        raise UNSUPPORTED_FILTER(cause="offset, sortField or a falling sortOrder")
    if "limit" not in members:
        return []
    limit = _value(members["limit"])
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise UNSUPPORTED_FILTER(cause=f"limit is {limit}")
    return [limit]


def _criterion(members: Mapping[str, object]) -> Criterion:
    if members.keys() != _CRITERION:
        raise UNSUPPORTED_FILTER(cause=f"a criterion has the members {', '.join(sorted(members))}")
    left, operator = _value(members["operandLeft"]), _value(members["operator"])
    operation = {known.value: known for known in Operation}.get(operator) if isinstance(operator, str) else None
    if operation is None or not isinstance(left, str):
        raise UNSUPPORTED_FILTER(cause=f"{left} {operator} …; an operator is one of =, in, like")
    member = "" if left in _ID else expand(left)
    if member is None:
        raise UNSUPPORTED_FILTER(cause=f"{left} is neither id nor an absolute or prefixed IRI")
    return Criterion(member, operation, _right(left, operation, members["operandRight"]))


def _right(left: str, operation: Operation, value: object) -> frozenset[str]:
    listed = [_value(item) for item in value] if isinstance(value, list) else [_value(value)]
    texts = tuple(text for text in listed if isinstance(text, str))
    if len(texts) != len(listed) or (operation is not Operation.IN and len(texts) != 1):
        raise UNSUPPORTED_FILTER(
            cause=f"{left} {operation.value} what is not {'texts' if len(listed) > 1 else 'one text'}"
        )
    if operation is not Operation.LIKE:
        return frozenset(texts)
    (pattern,) = texts
    if pattern.find("%") != len(pattern) - 1:
        raise UNSUPPORTED_FILTER(cause=f"{left} like {pattern}; its only % is its last sign")
    return frozenset({pattern[:-1]})


def _value(item: object) -> object:
    if isinstance(item, Mapping):
        return item.get("@value", item.get("@id"))
    return item


def _values(description: Mapping[str, object]) -> dict[str, list[str]]:
    """All texts of a description by the absolute IRIs of its members."""
    found: dict[str, list[str]] = {}
    for name, value in description.items():
        if (member := expand(name)) is not None:
            texts = found.setdefault(member, [])
            for item in value if isinstance(value, list) else [value]:
                text = _value(item)
                if isinstance(text, str):
                    texts.append(text)
    return found
