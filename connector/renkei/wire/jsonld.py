"""The long way: a message under our context and other pinned ones, made into plain JSON under ours alone.

A partner may add vocabularies to ``@context``; then what its words mean is for JSON-LD to say. What must hold (numbers
are repeated where each is checked):

1.  ``@context`` is an array of texts; ours is among them, and every other one is pinned.
2.  There is no other one inside (``codec.parse`` sees to that).
3.  The document has at most ``MOST_NODES`` values, so that the time it takes is bounded.
4.  Nothing is fetched: whatever is not among the given contexts ends the reading.
5.  Every member comes out again, or is told; in a policy it must come out (``folding``).
6.  What stands in the document twice, in two spellings, counts as lost.

It is the reading a partner gets who processes JSON-LD, made by PyLD. It costs milliseconds where the plain way costs
microseconds: whoever serves others runs it in a worker with a limit of time.

Errors: PeerError ``wire-unknown-context``, ``wire-json-ld-broken``,
``wire-json-ld-too-large``, ``wire-lost-terms``, ``wire-forbidden-member``.
Source: JSON-LD 1.1 Processing Algorithms, 5.1; DSP 2025-1, common protocol (other contexts are permitted).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from renkei.policy.terms import expand
from renkei.wire.folding import TAG, Place, Places, fold
from renkei.wire.problems import BROKEN_JSON_LD, FORBIDDEN_MEMBER, TOO_MANY_NODES, UNKNOWN_CONTEXT
from renkei.wire.table import CONTEXT, MESSAGES, PARTS, Field, Form, Part, Parts, Shape, Terms

MOST_NODES: Final = 20_000
"""How many values a document may have here: each costs some 30 µs, so this is less than a second."""

PINNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        CONTEXT: "contexts/dspace-2025-1.jsonld",
        "https://w3id.org/dspace/2025/1/odrl-profile.jsonld": "contexts/odrl-profile-2025-1.jsonld",
        "https://w3id.org/edc/dspace/v0.0.1": "contexts/edc-dspace-0.0.1.jsonld",
        "https://w3id.org/catenax/2025/9/policy/context.jsonld": "contexts/catena-x-policy-2025-9.jsonld",
        "https://w3id.org/catenax/2025/9/policy/odrl.jsonld": "contexts/odrl-profile-2025-1.jsonld",
    }
)
"""The contexts that may be named, each with its file below ``vocab``."""

_ALONE: Final = [CONTEXT]
_KEYWORD: Final = re.compile(r"@[A-Za-z]+", re.ASCII)
_KEPT_KEYWORDS: Final = frozenset({"@id", "@type"})
_WRAPPERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "@value": frozenset({"@value", "@type", "@language", "@direction"}),
        "@list": frozenset({"@list"}),
        "@set": frozenset({"@set"}),
    }
)
"""Objects that are values and no nodes, by the keyword that makes them so, with all that may stand in them."""


@dataclass(frozen=True, slots=True)
class Known:
    """A message under our context alone, and the paths of members that were lost on the way to it."""

    document: dict[str, object]
    lost: tuple[str, ...] = ()


def takes_expansion(document: Mapping[str, object]) -> bool:
    """Whether only JSON-LD can say what it means. Raises ``wire-unknown-context`` where it could not either (1)."""
    if document.get("@context", _ALONE) == _ALONE:
        return False
    _named(document, PINNED)
    return True


def _named(document: Mapping[str, object], pinned: Collection[str]) -> list[str]:
    """Point 1: the contexts, each once."""
    named = document.get("@context")
    if not isinstance(named, list) or CONTEXT not in named:
        raise UNKNOWN_CONTEXT(found=named, expected=CONTEXT)
    for name in named:
        if not isinstance(name, str) or name not in pinned:
            raise UNKNOWN_CONTEXT(found=name, expected=CONTEXT)
    return list(dict.fromkeys(named))


class Expansion:
    """The long way with these contexts (their names → their decoded documents); one may be used again and again."""

    __slots__ = ("_contexts", "_resolver")

    def __init__(self, contexts: Mapping[str, object]) -> None:
        self._contexts = {name: _without_imports(context, contexts) for name, context in contexts.items()}
        self._resolver: object = None

    def known(self, document: Mapping[str, object]) -> Known:
        """The document in the form that the decoder reads."""
        contexts = _named(document, self._contexts)  # 1
        places = Places()
        tagged = _Tagging(places).document(document)  # 3
        node = self._expanded({**tagged, "@context": contexts}, places)
        plain, lost = fold(node, places)  # 5, 6
        return Known(plain, lost)

    def _expanded(self, document: Mapping[str, object], places: Places) -> Mapping[str, object]:
        from cachetools import LRUCache
        from pyld import jsonld

        if self._resolver is None:
            # Our own, since PyLD's is shared by all who use it in this process, and so is what they fetched.
            self._resolver = jsonld.ContextResolver(LRUCache(maxsize=len(self._contexts)), self._load)
        options = {"base": None, "documentLoader": self._load, "contextResolver": self._resolver}
        try:
            expanded = jsonld.expand(document, options, on_property_dropped=places.dropped.add)
        except jsonld.JsonLdError as error:
            raise BROKEN_JSON_LD(cause=error.code or error) from None
        except Exception as error:  # whatever a stranger's document makes a library stumble over
            raise BROKEN_JSON_LD(cause=type(error).__name__) from error
        return cast("Mapping[str, object]", expanded[0])

    def _load(self, url: str, _options: object) -> dict[str, object]:
        """Point 4."""
        if url not in self._contexts:
            raise UNKNOWN_CONTEXT(found=url, expected=CONTEXT)
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": self._contexts[url],
            "tag": "static",
        }


def _without_imports(context: object, contexts: Mapping[str, object]) -> object:
    """The context with each ``@import`` written out: PyLD keeps the first importer's terms for all the others."""
    if not isinstance(context, dict):
        return context
    own = {name: _without_imports(value, contexts) for name, value in context.items() if name != "@import"}
    if "@import" not in context:
        return own
    imported = cast("Mapping[str, Mapping[str, object]]", contexts[context["@import"]])
    return {**imported["@context"], **own}


class _Tagging:
    """A copy of a document in which every object carries its number.

    Said in it: types by their terms, also where the place alone tells them, since only so JSON-LD knows their members.
    Left out, and told by their place: keywords that make another graph of the document, null, arrays in arrays.
    """

    __slots__ = ("_left", "_places")

    def __init__(self, places: Places) -> None:
        self._places = places
        self._left = MOST_NODES

    def document(self, document: Mapping[str, object]) -> dict[str, object]:
        """The whole message."""
        return self._node({name: value for name, value in document.items() if name != "@context"}, _root(document))

    def _node(self, node: Mapping[str, object], shape: Shape | None) -> dict[str, object]:
        if TAG in node:
            raise FORBIDDEN_MEMBER(path=TAG)
        copy: dict[str, object] = {}
        names: list[str] = []
        lost: list[str] = []
        number = len(self._places.places)
        self._places.places.append(Place(()))
        rows = {} if shape is None else _ROWS[id(shape)]
        for name, value in node.items():
            if name in _KEPT_KEYWORDS:
                self._spend(value)
                copy[name] = _bare(value) if name == "@type" else value
            elif _KEYWORD.fullmatch(name) or _is_null(value):
                lost.append(name)
            else:
                row = rows.get(expand(name) or name)
                copy[name] = self._value(value, name, row.form if row else None, lost)
                names.append(name)
        if names and shape is not None and not shape.typed and "@type" not in node:
            # The schema lets it be absent, since the place tells it; JSON-LD would drop all the members.
            copy["@type"] = shape.word
        self._places.places[number] = Place(tuple(names), tuple(lost))
        copy[TAG] = number
        return copy

    def _value(self, value: object, name: str, form: Form | None, lost: list[str]) -> object:
        self._spend(value)
        if not isinstance(value, list):
            return self._item(value, name, form, lost)
        kept: list[object] = []
        for index, item in enumerate(value):
            if _is_null(item) or isinstance(item, list):
                lost.append(f"{name}[{index}]")
            else:
                kept.append(self._item(item, name, form, lost))
        return kept

    def _item(self, value: object, name: str, form: Form | None, lost: list[str]) -> object:
        if not isinstance(value, dict):
            return value
        self._spend(value)
        keyword = next((word for word in _WRAPPERS if word in value), None)
        if keyword is not None:
            lost.extend(f"{name}.{more}" for more in value if more not in _WRAPPERS[keyword])
            kept = {word: item for word, item in value.items() if word in _WRAPPERS[keyword]}
            return kept if keyword == "@value" else {**kept, keyword: self._value(kept[keyword], name, form, lost)}
        copy = self._node(value, PARTS[form.word] if isinstance(form, Part | Parts) else None)
        if form is Terms.CATALOG_OFFERS and len(copy) > 1:
            copy.setdefault("@type", "Offer")
        return copy

    def _spend(self, value: object) -> None:
        """Point 3."""
        self._left -= len(value) if isinstance(value, list | dict) else 1
        if self._left < 0:
            raise TOO_MANY_NODES(limit=MOST_NODES)


def _bare(types: object) -> object:
    """Types by their terms: only these bring the terms of their members along."""
    if isinstance(types, list):
        return [_bare(item) for item in types]
    shape = _SHAPES.get(expand(types) or types) if isinstance(types, str) else None
    return types if shape is None else shape.word


def _is_null(value: object) -> bool:
    return value is None or (isinstance(value, dict) and "@value" in value and value["@value"] is None)


def _root(document: Mapping[str, object]) -> Shape | None:
    types = _bare(document.get("@type"))
    if isinstance(types, list) and len(types) == 1:
        types = types[0]
    return _SHAPES.get(types) if isinstance(types, str) else None


# The messages last: a catalog by itself is not as one inside another.
_SHAPES: Final[Mapping[str, Shape]] = {
    spelling: shape for shape in (*PARTS.values(), *MESSAGES.values()) for spelling in (shape.word, shape.iri)
}
_ROWS: Final[Mapping[int, Mapping[str, Field]]] = {
    id(shape): {spelling: row for row in shape.fields for spelling in (row.name, row.iri)}
    for shape in (*MESSAGES.values(), *PARTS.values())
}
