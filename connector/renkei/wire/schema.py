"""The message table as JSON Schema (draft 2019-09): what we take, said in a way that other programs can check.

One self-contained document for each message. It says all that the decoder asks for, except what no schema can say:
the sizes of policies, the Unicode of texts, names that stand twice. The policies' part follows ``policy.read``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from renkei.kernel.jcs import LARGEST_EXACT
from renkei.policy.model import Connective, Operator
from renkei.policy.terms import CONTEXT as POLICY_TERMS
from renkei.policy.terms import KEYWORDS, ODRL, PREFIXES
from renkei.protocol.messages import MessageKind
from renkei.wire.prose import LONGEST_ADDRESS
from renkei.wire.table import CONTEXT, MESSAGES, PARTS, Field, Form, Part, Parts, Shape, Terms, Text, Values, Word

Schema: TypeAlias = dict[str, object]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_HOST: Final = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._\-]*)"
_PORT: Final = r"(:([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_END: Final = r"$(?!\n)"  # Python's $ alone also stands before a last line feed
_DATE_TIME: Final = (
    r"^-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T"
    r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?" + _END
)


def schema(kind: MessageKind) -> Schema:
    """The JSON Schema of one message."""
    shape = MESSAGES[kind]
    root = _shape(shape)
    properties = dict(root["properties"])  # type: ignore[call-overload]
    properties["@context"] = {"const": [CONTEXT]}
    properties["@type"] = {"const": shape.word}
    required = ["@context", "@type", *_required(shape, typed=False)]
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "title": kind.value,
        **root,
        "properties": properties,
        "required": required,
        "$defs": {word: _inner(_shape(part)) for word, part in PARTS.items()} | _policies() | {"Value": _VALUE},
    }


def _shape(shape: Shape) -> Schema:
    properties: Schema = {"@type": {"const": shape.word}, "@id": _TEXT}
    properties.update((row.name, _form(row.form)) for row in shape.fields)
    properties.update((name, False) for name in sorted(shape.forbidden))
    written: Schema = {
        "type": "object",
        "properties": properties,
        "required": _required(shape, typed=shape.typed),
        "additionalProperties": _ref("Value"),
        "propertyNames": {"not": {"enum": sorted(_second_spellings(shape.fields))}},
    }
    if shape.one_of:
        written["oneOf"] = [{"required": [name]} for name in shape.one_of]
    return written


def _inner(written: Schema) -> Schema:
    """An object inside a message has no context of its own."""
    return {**written, "properties": {**written["properties"], "@context": False}}  # type: ignore[dict-item]


def _required(shape: Shape, *, typed: bool) -> list[str]:
    head = ["@type"] * typed + ["@id"] * shape.identified
    return head + [row.name for row in shape.fields if row.required]


def _second_spellings(fields: Iterable[Field]) -> set[str]:
    iris = [row.iri for row in fields]
    short = (
        f"{prefix}:{iri.removeprefix(namespace)}"
        for iri in iris
        for prefix, namespace in PREFIXES.items()
        if iri.startswith(namespace)
    )
    return {*iris, *short}


def _form(form: Form) -> Schema:
    if isinstance(form, Text):
        return dict(_TEXTS[form])
    if isinstance(form, Word):
        return {"enum": sorted(form.names)}
    if isinstance(form, Values):
        return {"type": "array", "minItems": form.minimum, "items": _ref("Value")}
    if isinstance(form, Part):
        part = _ref(form.word)
        return {"anyOf": [{"type": "string"}, part]} if form.or_id else part
    if isinstance(form, Parts):
        return _some(_ref(form.word))
    return dict(_TERMS[form])


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _some(item: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": item}


_TEXTS: Final[Mapping[Text, Schema]] = {
    Text.ANY: {"type": "string"},
    Text.PID: _TEXT,
    Text.CALLBACK: {
        "type": "string",
        "maxLength": LONGEST_ADDRESS,
        "pattern": rf"^[Hh][Tt][Tt][Pp][Ss]?://{_HOST}{_PORT}(/[!$-;=@-\[\]_a-z~]*)?{_END}",
    },
}
_VALUE: Final[Schema] = {
    "anyOf": [
        {"type": ["null", "boolean", "number", "string"]},
        {"type": "array", "items": _ref("Value")},
        {"type": "object", "properties": {"@context": False}, "additionalProperties": _ref("Value")},
    ]
}
_TERMS: Final[Mapping[Terms, Schema]] = {
    Terms.OFFER: _ref("MessageOffer"),
    Terms.AGREEMENT: _ref("Agreement"),
    Terms.CATALOG_OFFERS: _some(_ref("Offer")),
}


# --- policies ------------------------------------------------------------------------------------


def _policies() -> Schema:
    prefixes = "|".join(PREFIXES)
    iri = rf"^(({prefixes}):(?!//)|(?!({prefixes}):(?!//))[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{{}}|\\^`]+{_END})"
    hidden = sorted({spelling for term in POLICY_TERMS for spelling in (f"odrl:{term}", ODRL + term)})
    return {
        "Iri": {"pattern": iri, "not": {"enum": hidden}},
        "Kept": {"anyOf": [{"enum": sorted({*KEYWORDS, *POLICY_TERMS})}, {"pattern": iri}]},
        "Closed": {"anyOf": [_ref("Scalar"), _ref("Node"), _some({"anyOf": [_ref("Scalar"), _ref("Node")]})]},
        "Scalar": {
            "anyOf": [
                {"type": ["string", "boolean"]},
                {"type": "integer", "minimum": -LARGEST_EXACT, "maximum": LARGEST_EXACT},
            ]
        },
        "Node": {"type": "object", "propertyNames": _ref("Kept"), "additionalProperties": _ref("Closed")},
        "Offer": _policy("Offer", required=(), absent=("target", "timestamp")),
        "MessageOffer": _policy("Offer", required=("@type", "target"), absent=("timestamp",)),
        "Agreement": _policy("Agreement", required=("@type", "target", "assigner", "assignee", "timestamp"), absent=()),
        "OfferRule": _rule("OfferRule", {"assigner": _TEXT, "assignee": _TEXT}),
        "Rule": _rule("Rule", {"target": _TEXT, "assigner": _TEXT, "assignee": _TEXT}),
        "Constraint": _constraint(),
    }


def _closed_object(properties: Schema, required: Iterable[str], keywords: tuple[str, ...] = ()) -> Schema:
    """Named members, and others under IRIs that are no other spelling of a term."""
    named = [*properties, *keywords]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": _ref("Closed"),
        "propertyNames": {"anyOf": [{"enum": named}, _ref("Iri")]},
        "required": list(required),
    }


def _policy(word: str, *, required: tuple[str, ...], absent: tuple[str, ...]) -> Schema:
    rules = _some(_ref("Rule" if word == "Agreement" else "OfferRule"))
    properties: Schema = {
        "@id": _TEXT,
        "@type": {"const": word},
        "target": _TEXT,
        "assigner": _TEXT,
        "assignee": _TEXT,
        "timestamp": {"type": "string", "pattern": _DATE_TIME},
        "profile": {"anyOf": [_TEXT, _some(_TEXT)]},
        "permission": rules,
        "prohibition": rules,
        "obligation": rules,
    }
    kept = {name: form for name, form in properties.items() if name not in absent}
    either = {"anyOf": [{"required": ["permission"]}, {"required": ["prohibition"]}]}
    return _closed_object(kept, ("@id", *required)) | either


def _rule(word: str, parties: Schema) -> Schema:
    properties = {"action": _TEXT, "constraint": _some(_ref("Constraint")), "duty": _some(_ref(word)), **parties}
    return _closed_object(properties, ("action",), ("@id", "@type"))


def _constraint() -> Schema:
    operand: Schema = {"anyOf": [{"type": "string"}, _ref("Node")]}
    atomic: Schema = {
        "leftOperand": _TEXT,
        "operator": {"enum": [operator.value for operator in Operator]},
        "rightOperand": {"anyOf": [operand, _some(operand)]},
    }
    keywords = ("@id", "@type")
    logical = [_closed_object({kind.value: _some(_ref("Constraint"))}, (kind.value,), keywords) for kind in Connective]
    return {"oneOf": [_closed_object(atomic, atomic, keywords), *logical]}
