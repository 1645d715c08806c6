"""Expanded JSON-LD → the plain JSON that the decoder reads, as the message table says.

The normal form: a member has its bare name where our context has one for this place, else a prefixed name, else its
absolute IRI; what the table calls an array is one, also with a single thing in it; a text is a text, however it was
wrapped; an empty array says nothing and is left out. Ids and operands without a bare name stay absolute. Whether the
values are right is the decoder's question.

``Places`` ties expanded objects to those they came from: every object carries its number under ``TAG``. So each member
that got lost on the way is found and named: in a policy that is an error, elsewhere it is told.

Errors: PeerError ``wire-lost-terms``, ``wire-forbidden-member``.
Source: JSON-LD 1.1 Processing Algorithms, 5 (what an expanded document is); DSP 2025-1, context/dspace.jsonld.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from renkei.policy.model import Connective
from renkei.policy.terms import CONTEXT as POLICY_TERMS
from renkei.policy.terms import PREFIXES, XSD
from renkei.protocol.messages import EventType
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState
from renkei.wire.problems import FORBIDDEN_MEMBER, LOST_TERMS
from renkei.wire.table import CONTEXT, DSPACE, MESSAGES, PARTS, Coercion, Field, Part, Parts, Shape, Terms, Values

TAG: Final = "urn:renkei:place"
"""The member under which every object carries the number of its place. It never leaves this path."""

Node: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """One object of the document as it came: the names of its members, and those that were left out at once."""

    names: tuple[str, ...]
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class Places:
    """All objects of one document by number, and the names that the expansion dropped somewhere."""

    places: list[Place] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)

    def lost(self, node: Node) -> tuple[str, ...]:
        """The names of the members that this object had and has no longer."""
        if TAG not in node:  # a text that the context takes for an id
            return ()
        [tag] = cast("list[dict[str, int]]", node[TAG])
        place = self.places[tag["@value"]]
        kept = sum(not name.startswith("@") and name != TAG for name in node)
        missing = len(place.names) - kept
        if missing <= 0:
            return place.lost
        # Two spellings of one member count once: then no dropped name explains the difference.
        named = tuple(name for name in place.names if name in self.dropped)
        return place.lost + (named if len(named) >= missing else place.names)


def fold(node: Node, places: Places) -> tuple[dict[str, object], tuple[str, ...]]:
    """The message in normal form, and the paths of members that JSON-LD dropped outside of policies."""
    folding = _Folding(places)
    shape = _ROOTS.get(_only(node.get("@type")))
    folded = folding.node(node, "") if shape is None else folding.shape(shape, node, "")
    if folding.broken:
        raise LOST_TERMS(terms=", ".join(folding.broken))
    return {"@context": [CONTEXT], **folded}, tuple(folding.lost)


class _Folding:
    """One message: ``lost`` gathers what was dropped where it may be, ``broken`` where it must not."""

    __slots__ = ("_places", "broken", "lost")

    def __init__(self, places: Places) -> None:
        self._places = places
        self.lost: list[str] = []
        self.broken: list[str] = []

    def shape(self, shape: Shape, node: Node, place: str) -> dict[str, object]:
        """An object that the table describes."""
        prefix = f"{place}." if place else ""
        for name in self._places.lost(node):
            if name in shape.forbidden:
                raise FORBIDDEN_MEMBER(path=prefix + name)
            self.lost.append(prefix + name)
        rows = {row.iri: row for row in shape.fields}
        names = {iri: name for name, iri in shape.described.items()}
        folded = _head(node)
        for iri, values in _members(node):
            row = rows.get(iri)
            if row is None:
                name = names.get(iri) or _name(iri)
                folded[name] = self._some(values, prefix + name, self.lost)
            elif values or row.form == Values(0):
                folded[row.name] = self._form(row, values, prefix + row.name)
        return folded

    def _form(self, row: Field, values: Sequence[object], path: str) -> object:
        form = row.form
        items = [(value, f"{path}[{index}]") for index, value in enumerate(values)]
        if isinstance(form, Parts):
            return [self._part(PARTS[form.word], value, place) for value, place in items]
        if isinstance(form, Values):
            return [self._free(value, place, self.lost) for value, place in items]
        if form is Terms.CATALOG_OFFERS:
            return [self._terms(value, place) for value, place in items]
        if len(items) > 1:
            return [self._free(value, place, self.lost) for value, place in items]
        if isinstance(form, Part):
            identity = _id_alone(values[0]) if form.or_id else None
            return identity or self._part(PARTS[form.word], values[0], path)
        if isinstance(form, Terms):
            return self._terms(values[0], path)
        return self._text(values[0], path, vocabulary=row.coercion is Coercion.VOCAB)

    def _part(self, shape: Shape, value: object, path: str) -> object:
        node = _node(value)
        return self._free(value, path, self.lost) if node is None else self.shape(shape, node, path)

    def _text(self, value: object, path: str, *, vocabulary: bool) -> object:
        identity = _id_alone(value)
        if identity is not None:
            return _WORDS.get(identity, identity) if vocabulary else identity
        if isinstance(value, dict) and isinstance(value.get("@value"), str) and value.keys() <= _TYPED:
            datatype = value.get("@type", XSD)
            if isinstance(datatype, str) and datatype.startswith(XSD):
                return value["@value"]
        return self._free(value, path, self.lost)

    def _terms(self, value: object, path: str) -> object:
        """A policy, or a rule or constraint in it."""
        node = _node(value)
        if node is None:
            return self._free(value, path, self.broken)
        self.broken.extend(f"{path}.{name}" for name in self._places.lost(node))
        folded = _head(node)
        for iri, values in _members(node):
            name = _name(iri)
            if name in _NODES:
                if values:
                    items = enumerate(values)
                    folded[name] = [self._terms(item, f"{path}.{name}[{index}]") for index, item in items]
            elif name in _TEXTS:
                texts = [self._text(item, f"{path}.{name}", vocabulary=name in _VOCABULARY) for item in values]
                folded[name] = texts[0] if len(texts) == 1 else texts
            else:
                folded[name] = self._some(values, f"{path}.{name}", self.broken)
        return folded

    # --- what no table describes -----------------------------------------------------------------

    def _some(self, values: Sequence[object], path: str, lost: list[str]) -> object:
        folded = [self._free(value, path, lost) for value in values]
        return folded[0] if len(folded) == 1 else folded

    def _free(self, value: object, path: str, lost: list[str]) -> object:
        members = cast("Mapping[str, object]", value)  # expanded JSON-LD holds nothing but objects in its arrays
        if "@value" in members:
            if members.keys() == {"@value"}:
                return members["@value"]
            return {name: _word(item) if name == "@type" else item for name, item in members.items()}
        if "@list" in members:
            return {"@list": [self._free(item, path, lost) for item in cast("Sequence[object]", members["@list"])]}
        return self.node(members, path, lost)

    def node(self, node: Node, path: str, lost: list[str] | None = None) -> dict[str, object]:
        """An object of any kind, a message of no known type among them."""
        lost = self.lost if lost is None else lost
        prefix = f"{path}." if path else ""
        lost.extend(prefix + name for name in self._places.lost(node))
        folded = _head(node)
        for iri, values in _members(node):
            name = _name(iri)
            folded[name] = self._some(values, prefix + name, lost)
        return folded


def _members(node: Node) -> list[tuple[str, Sequence[object]]]:
    return [
        (name, cast("Sequence[object]", values))
        for name, values in node.items()
        if not name.startswith("@") and name != TAG
    ]


def _head(node: Node) -> dict[str, object]:
    head: dict[str, object] = {}
    if "@id" in node:
        head["@id"] = node["@id"]
    if "@type" in node:
        words = [_word(iri) for iri in cast("Sequence[object]", node["@type"])]
        head["@type"] = words[0] if len(words) == 1 else words
    return head


def _node(value: object) -> Node | None:
    """The value as an object with members of its own; ``None`` for literals and lists."""
    return value if isinstance(value, dict) and "@value" not in value and "@list" not in value else None


def _id_alone(value: object) -> str | None:
    """The id, if the value is nothing but a reference to it."""
    if isinstance(value, dict) and value.keys() <= _REFERENCE and isinstance(value.get("@id"), str):
        return cast("str", value["@id"])
    return None


def _only(types: object) -> str:
    return str(types[0]) if isinstance(types, list) and len(types) == 1 else ""


def _name(iri: str) -> str:
    """A member's name: bare, prefixed, or the IRI itself."""
    if iri in _WORDS:
        return _WORDS[iri]
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _word(iri: object) -> object:
    return _WORDS.get(iri, iri) if isinstance(iri, str) else iri


_TYPED: Final = frozenset({"@value", "@type"})
_REFERENCE: Final = frozenset({"@id", TAG})
_NODES: Final[Collection[str]] = frozenset(
    {"permission", "prohibition", "obligation", "duty", "constraint"} | {kind.value for kind in Connective}
)
_VOCABULARY: Final = frozenset({"action", "leftOperand", "operator"})
_TEXTS: Final = _VOCABULARY | {"target", "assigner", "assignee", "timestamp", "profile"}
_ROOTS: Final[Mapping[str, Shape]] = {shape.iri: shape for shape in MESSAGES.values()}
_WORDS: Final[Mapping[str, str]] = {
    **{shape.iri: shape.word for shape in (*MESSAGES.values(), *PARTS.values())},
    **{DSPACE + word.value: word.value for words in (NegotiationState, TransferState, EventType) for word in words},
    **{iri: word for word, iri in POLICY_TERMS.items()},
    DSPACE + "timestamp": "timestamp",
}
"""Absolute IRIs to the bare words of our context, for types, states and everything in a policy."""
