"""One message in many spellings, all of which mean the same in JSON-LD: by the published contexts, not by our table."""

import json
from functools import cache

from wire_oracles import SPEC

PREFIXES = {
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "dct": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dspace": "https://w3id.org/dspace/2025/1/",
}
# Where the schema lets the type be absent, the place tells it.
UNTYPED = {"Dataset", "Distribution"}


@cache
def terms(shared):
    """``(root terms, terms by type, policy terms)`` of the published contexts."""
    folder = shared / SPEC / "context"
    root = json.loads((folder / "dspace.jsonld").read_text())["@context"]
    policy = json.loads((folder / "odrl.jsonld").read_text())["@context"]
    scoped = {word: term["@context"] for word, term in root.items() if isinstance(term, dict) and "@context" in term}
    return root, scoped, policy


def iri(definition):
    return definition if isinstance(definition, str) else definition["@id"]


def absolute(short):
    prefix, _, rest = short.partition(":")
    return PREFIXES[prefix] + rest


class Speller:
    """Spells a message; ``draw(options)`` chooses."""

    def __init__(self, shared, draw):
        self._root, self._scoped, self._policy = terms(shared)
        self._draw = draw

    def message(self, document, contexts):
        return {**self._node(document, {}, "message"), "@context": contexts}

    def _node(self, node, around, place):
        scope = self._scope(node, around, place)
        spelled = {}
        for name, value in node.items():
            if name == "@context":
                continue
            if name == "@type":
                word = self._type(value, scope)
                spelled["@type"] = self._draw([word, [word]])
            elif name == "@id":
                spelled["@id"] = value
            elif name in scope and not name.startswith("@"):
                self._member(spelled, name, value, scope)
            else:
                spelled[name] = value
        if self._may_be_untyped(node, place) and self._draw([False, True]):
            del spelled["@type"]
        return spelled

    def _scope(self, node, around, place):
        """The terms that hold inside: those of the type, and the policy's once there was one."""
        word = node.get("@type")
        if place == "offer of a catalog" or word in {"Offer", "Agreement"}:
            return around
        own = self._scoped.get(word, {})
        imported = self._policy if "@import" in own else {}
        return {**{name: term for name, term in around.items() if name in self._policy}, **imported, **own}

    def _may_be_untyped(self, node, place):
        word = node.get("@type")
        return place in {"part", "offer of a catalog"} and (word in UNTYPED or place == "offer of a catalog")

    def _type(self, word, scope):
        known = self._root if word in self._root else scope
        if word not in known:
            return word
        short = iri(known[word])
        return self._draw([word, short, absolute(short)])

    def _member(self, spelled, name, value, scope):
        definition = scope[name]
        short = iri(definition)
        written = self._draw([name, short, absolute(short)])
        coercion = definition.get("@type") if isinstance(definition, dict) else None
        items = value if isinstance(value, list) else [value]
        found = [self._value(name, item, coercion, scope, bare=written == name) for item in items]
        alone = len(found) == 1 and (not isinstance(value, list) or self._draw([True, False]))
        spelled[written] = found[0] if alone else found

    def _value(self, name, item, coercion, scope, *, bare):
        if isinstance(item, dict):
            if item.keys() <= {"@value", "@id"}:
                return item
            place = "offer of a catalog" if name == "hasPolicy" else "part"
            return self._node(item, scope, place)
        if coercion is None or not isinstance(item, str):
            return self._draw([item, {"@value": item}]) if isinstance(item, str) else item
        wrapped = item
        if coercion == "@vocab" and (known := self._known(item, scope)):
            wrapped = self._draw([known, absolute(known)])
        # Without its bare name nothing tells that the text is an id.
        return self._draw([item, {"@id": wrapped}]) if bare else {"@id": wrapped}

    def _known(self, word, scope):
        definition = scope.get(word) or self._root.get(word)
        return iri(definition) if definition is not None else None


def as_json_ld_keeps(value, name=""):
    """The same message without what JSON-LD does not distinguish: a wrapped text, an array of one where none is due."""
    if isinstance(value, dict):
        if value.keys() == {"@value"}:
            return value["@value"]
        return {key: as_json_ld_keeps(item, key) for key, item in value.items()}
    if isinstance(value, list):
        items = [as_json_ld_keeps(item) for item in value]
        return items[0] if len(items) == 1 and name in {"profile", "rightOperand"} else items
    return value
