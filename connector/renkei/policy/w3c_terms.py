"""The words of a policy under the W3C's ODRL context: what each means, and in which kind of node it may stand.

``names_of`` reads the ``@context`` of a document; ``Names`` then turns what is written into absolute IRIs, spelled as
we write them: bare where the DSP context has the term, ``xsd:`` by its prefix, anything else in full.

Three slips of the published context are read as the vocabulary means them: neq, industry, dataType.

Errors: PeerError ``policy-…``. Source: W3C ODRL 2.2 JSON-LD context and vocabulary; Information Model 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from renkei.kernel.strict_json import kind_of
from renkei.policy.model import Connective, Operator, PolicyKind
from renkei.policy.problems import MALFORMED, UNKNOWN_OPERATOR, UNKNOWN_TERM
from renkei.policy.terms import ACTIONS, CONTEXT, LEFT_OPERANDS, ODRL, REPLACED_BY, XSD, expand, words

W3C_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
RDF_VALUE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#value"
PREFIXES: Final[Mapping[str, str]] = {
    "odrl": ODRL,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": XSD,
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "schema": "http://schema.org/",
    "cc": "http://creativecommons.org/ns#",
}
KINDS: Final[Mapping[str, PolicyKind]] = {
    "Policy": PolicyKind.SET,
    "Set": PolicyKind.SET,
    "Offer": PolicyKind.OFFER,
    "Agreement": PolicyKind.AGREEMENT,
}
KEYWORDS: Final[Mapping[str, str]] = {"uid": "@id", "@id": "@id", "type": "@type", "@type": "@type"}
RULES: Final[Mapping[str, str]] = {"permission": "Permission", "prohibition": "Prohibition", "obligation": "Duty"}
PARTS: Final = ("target", "assigner", "assignee")
ROLES: Final = frozenset(
    words(
        "attributedParty attributingParty compensatedParty compensatingParty consentingParty consentedParty "
        "informedParty informingParty trackingParty trackedParty contractingParty contractedParty function"
    )
)
SHARED: Final = frozenset({"action", "constraint", "output", "relation", *PARTS}) | ROLES
"""What may stand on the policy for all its rules."""
CONNECTIVES: Final = frozenset(connective.value for connective in Connective)
LAST_DUTY: Final = "LastDuty"
"""A consequence or remedy: a duty after which nothing comes."""

_NODE: Final = frozenset({"@id", "@type"})
_COLLECTION: Final = _NODE | {"source", "refinement", "partOf"}
_COMPARED: Final = ("leftOperand", "operator", "rightOperand", "rightOperandReference", "unit", "dataType", "status")
PLACES: Final[Mapping[str, frozenset[str]]] = {
    "Policy": _NODE | {"@context", "profile", "inheritFrom", "conflict", *RULES} | SHARED,
    "Permission": _NODE | {"duty"} | SHARED,
    "Prohibition": _NODE | {"remedy"} | SHARED,
    "Duty": _NODE | {"consequence"} | SHARED,
    LAST_DUTY: _NODE | SHARED,
    "Constraint": _NODE | CONNECTIVES | {*_COMPARED},
    "Action": _NODE | {"refinement", "includedIn", "implies"},
    "Asset": _COLLECTION | {"hasPolicy"},
    "Party": _COLLECTION | {"assignerOf", "assigneeOf"},
}
"""The members that each kind of node may have."""
TERMS: Final = frozenset().union(*PLACES.values()) - _NODE - {"@context"}

_CLASSES: Final = frozenset(
    words(
        "Policy Rule ConflictTerm Agreement Assertion Offer Privacy Request Set Ticket Asset AssetCollection Party "
        "PartyCollection Action Permission Prohibition Duty Constraint LogicalConstraint Operator RightOperand "
        "LeftOperand"
    )
)
_TYPES_OF: Final[Mapping[str, frozenset[str]]] = {
    "Permission": frozenset({"Permission", "Rule"}),
    "Prohibition": frozenset({"Prohibition", "Rule"}),
    "Duty": frozenset({"Duty", "Rule"}),
    LAST_DUTY: frozenset({"Duty", "Rule"}),
    "Constraint": frozenset({"Constraint", "LogicalConstraint"}),
    "Action": frozenset({"Action"}),
    "Asset": frozenset({"Asset", "AssetCollection"}),
    "Party": frozenset({"Party", "PartyCollection"}),
}
_ACTIONS: Final = ACTIONS | REPLACED_BY.keys()
_CONFLICTS: Final = frozenset(ODRL + name for name in ("perm", "prohibit", "invalid"))
_OPERATORS: Final = frozenset(operator.value for operator in Operator) - {Operator.TERM_LTEQ.value}
_RESERVED: Final[Mapping[str, str]] = {
    **{name: ODRL + name for name in TERMS | _CLASSES | _OPERATORS},
    **{iri.removeprefix(ODRL): iri for iri in _ACTIONS | LEFT_OPERANDS | _CONFLICTS if iri.startswith(ODRL)},
    **PREFIXES,
}


@dataclass(frozen=True, slots=True)
class Names:
    """What words mean in one document; ``own``: the prefixes and terms that it defines itself."""

    own: Mapping[str, str] = field(default_factory=dict, hash=False)

    def iri(self, name: str) -> str | None:
        """The absolute IRI of a prefixed or absolute name or of a term of the document's own."""
        own = self.own.get(name)
        if own is not None:
            return own
        prefix, colon, rest = name.partition(":")
        namespace = PREFIXES.get(prefix) or self.own.get(prefix)
        prefixed = colon and namespace is not None and not rest.startswith("//")
        return expand(f"{namespace}{rest}" if prefixed else name)

    def reference(self, text: str) -> str:
        """An id: in full where its prefix is known, else as it stands."""
        return self.iri(text) or text

    def member(self, name: str, path: str) -> str:
        """The name of a member that no node of the model has."""
        return spelled(self.iri(name) or (ODRL + name if name in TERMS else unknown(name, path)))

    def action(self, text: str, path: str) -> str:
        """An action of the vocabulary, deprecated ones included, or of a profile."""
        return spelled(self.action_iri(text, path))

    def action_iri(self, text: str, path: str) -> str:
        """The same in full."""
        return self._word(text, _ACTIONS, path)

    def left_operand(self, text: str, path: str) -> str:
        """A left operand of the vocabulary or of a profile."""
        return spelled(self._word(text, LEFT_OPERANDS, path))

    def conflict(self, text: str, path: str) -> str:
        """The IRI of one of the three strategies."""
        iri = self._word(text, _CONFLICTS, path)
        return iri if iri in _CONFLICTS else unknown(text, path)

    def operator(self, text: str, path: str) -> str:
        """One of the twelve operators, bare."""
        word = (self.iri(text) or text).removeprefix(ODRL)
        if word not in _OPERATORS:
            raise UNKNOWN_OPERATOR(path=path, operator=text, known=", ".join(sorted(_OPERATORS)))
        return word

    def type(self, text: str, path: str) -> str:
        """A class or datatype."""
        iri = self.iri(text) or (ODRL + text if text in _CLASSES else unknown(text, path))
        return "xsd:" + iri.removeprefix(XSD) if iri.startswith(XSD) else spelled(iri)

    def types(self, texts: list[str], place: str, path: str) -> list[str]:
        """The types beyond the one that the place tells; a class of ODRL that does not belong there is refused."""
        fitting = _TYPES_OF[place]
        others = [item for item in (self.type(text, path) for text in texts) if item.removeprefix(ODRL) not in fitting]
        for item in others:
            if item.removeprefix(ODRL) in _CLASSES:
                raise MALFORMED(path=path, expected=" or ".join(sorted(fitting)), found=item)
        return others

    def _word(self, text: str, vocabulary: frozenset[str], path: str) -> str:
        return self.iri(text) or (ODRL + text if ODRL + text in vocabulary else unknown(text, path))


def names_of(document: Mapping[str, object]) -> Names:
    """What ``@context`` says: that it is the W3C's, and which names the document defines besides."""
    if "@context" not in document:
        return Names()
    path = "policy.@context"
    context = document["@context"]
    parts = context if isinstance(context, list | tuple) else [context]
    if not any(part == W3C_CONTEXT for part in parts):
        raise MALFORMED(
            path=path, expected=W3C_CONTEXT, found=context if isinstance(context, str) else kind_of(context)
        )
    own: dict[str, str] = {}
    for part in parts:
        if isinstance(part, dict):
            for name, meaning in part.items():
                own[name] = _defined(name, meaning, Names(own), f"{path}.{name}")
        elif part != W3C_CONTEXT:
            raise MALFORMED(path=path, expected=W3C_CONTEXT, found=part if isinstance(part, str) else kind_of(part))
    return Names(own)


def _defined(name: str, meaning: object, names: Names, path: str) -> str:
    iri = names.iri(meaning) if isinstance(meaning, str) else None
    if iri is None or not name or name in KEYWORDS or "@" in name or ":" in name:
        raise MALFORMED(path=path, expected="a prefix or term with an absolute IRI", found=kind_of(meaning))
    if _RESERVED.get(name, iri) != iri:
        raise MALFORMED(path=path, expected=_RESERVED[name], found=iri)
    return iri


def spelled(iri: str) -> str:
    """Bare where the DSP context has the term, else in full."""
    bare = iri.removeprefix(ODRL)
    return bare if bare != iri and bare in CONTEXT else iri


def unknown(term: str, path: str) -> NoReturn:
    """Refuse a word that has no meaning in its place."""
    raise UNKNOWN_TERM(path=path, term=term)
