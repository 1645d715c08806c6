"""Decoded JSON objects → typed values, as the table says. Compiled once from the table, when this is imported.

What must hold of an object (numbers are repeated where each is checked):

1.  It is a JSON object.
2.  ``@type`` is the shape's; it may be absent only where the schema does not ask for it.
3.  ``@id`` is a text that is not empty; it stands where the schema asks for it.
4.  No member that the schema forbids.
5.  Every member of the table has its form.
6.  Every required member is there.
7.  Exactly one of a one-of group is there.
8.  No ``@context`` inside, at any depth, and no text that no store could keep (``check_values``).
9.  No other spelling of a member of the table.

Members under absolute or prefixed IRIs are kept as ``extensions``; other unknown ones go to ``Reading.ignored``.
Errors: PeerError ``wire-…`` and ``policy-…``, each with the path as ``dataset[0].distribution[1].format``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias

from renkei.kernel.problems import RenkeiError
from renkei.kernel.strict_json import MESSAGE, TOO_DEEP, kind_of
from renkei.policy.model import Policy
from renkei.policy.read import read_agreement, read_offer
from renkei.policy.terms import expand
from renkei.protocol.messages import NO_EXTENSIONS
from renkei.wire.problems import (
    BROKEN_TEXT,
    EMPTY_TEXT,
    FORBIDDEN_MEMBER,
    MISSING_MEMBER,
    NESTED_CONTEXT,
    ONE_OF,
    SECOND_SPELLING,
    WRONG_FORM,
    WRONG_TYPE,
)
from renkei.wire.table import MESSAGES, PARTS, Form, Part, Parts, Shape, Terms, Text, Values, Word


@dataclass(slots=True)
class Reading:
    """What one decoding gathers beside the message: the paths of members that were ignored."""

    ignored: list[str] = field(default_factory=list)


Reader: TypeAlias = Callable[[object, str, Reading], object]


def read(shape: Shape, document: object, place: str, reading: Reading) -> object:
    """The typed value of an object; ``place`` is its path, empty for the message itself."""
    return _COMPILED[id(shape)].read(document, place, reading)


def check_values(document: object, deepest: int = MESSAGE.depth) -> None:
    """Point 8, and that all of it is JSON: no floats, no other types, no deeper than what is read from bytes."""
    if not _is_plain(document, deepest):
        _name_flaw(document, deepest)


def _is_plain(document: object, deepest: int) -> bool:
    """Whether nothing can be wrong, without asking where; texts beyond ASCII and rare types are not judged here."""
    texts: list[str] = []
    level, depth = [document], 0
    while level:
        depth += 1
        deeper: list[object] = []
        for value in level:
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, dict):
                if depth > deepest or (depth > 1 and "@context" in value):
                    return False
                texts.extend(value)
                deeper.extend(value.values())
            elif isinstance(value, list | tuple):
                if depth > deepest:
                    return False
                deeper.extend(value)
            elif not (value is None or isinstance(value, int)):
                return False
        level = deeper
    try:
        together = "".join(texts)
    except TypeError:  # a name that is no text
        return False
    return together.isascii() and "\0" not in together


def _name_flaw(document: object, deepest: int) -> None:
    """The same, value by value, with the path of what is wrong."""
    stack: list[tuple[str, object, int]] = [("", document, 1)]
    while stack:
        place, value, depth = stack.pop()
        if isinstance(value, dict | list | tuple) and depth > deepest:
            raise TOO_DEEP(limit=deepest)
        if isinstance(value, str):
            _check_text(value, place)
        elif isinstance(value, dict):
            for name, item in value.items():
                if not isinstance(name, str):
                    raise WRONG_FORM(path=place, expected="a member name as text", found=type(name).__name__)
                path = f"{place}.{name}" if place else name
                _check_text(name, place)
                if name == "@context" and place:
                    raise NESTED_CONTEXT(path=path)
                stack.append((path, item, depth + 1))
        elif isinstance(value, list | tuple):
            stack.extend((f"{place}[{index}]", item, depth + 1) for index, item in enumerate(value))
        elif not (value is None or isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite())):
            raise WRONG_FORM(path=place, expected="a JSON value", found=type(value).__name__)


def _check_text(text: str, place: str) -> None:
    if "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise BROKEN_TEXT(path=place)


class _ShapeReader:
    """One shape, compiled: what is looked up for every message is worked out beforehand."""

    __slots__ = ("_attributes", "_iris", "_readers", "_required", "_shape")

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._readers = {row.name: _reader(row.form) for row in shape.fields}
        self._attributes = {row.name: row.attribute for row in shape.fields}
        self._required = tuple(row.name for row in shape.fields if row.required)
        self._iris = {row.iri: row.name for row in shape.fields}

    def read(self, document: object, place: str, reading: Reading) -> object:
        shape = self._shape
        if not isinstance(document, dict):  # 1
            raise WRONG_FORM(path=place or shape.word, expected=f"a {shape.word} object", found=kind_of(document))
        prefix = f"{place}." if place else ""
        values: dict[str, object] = {}
        extensions: dict[str, object] = {}
        self._check_type(document, prefix)
        self._identify(document, prefix, values, extensions, reading)
        readers, attributes = self._readers, self._attributes
        for name, value in document.items():
            reader = readers.get(name)
            if reader is None:
                if name not in _KEYWORDS:
                    self._other(name, value, prefix, extensions, reading)
                continue
            attribute = attributes[name]
            found = reader(value, prefix + name, reading)  # 5
            if attribute is None:
                reading.ignored.append(prefix + name)
            else:
                values[attribute] = found
        for name in self._required:  # 6
            if name not in document:
                raise MISSING_MEMBER(path=prefix + name)
        if shape.one_of:  # 7
            given = [name for name in shape.one_of if name in document]
            if len(given) != 1:
                raise ONE_OF(path=place, members=" / ".join(shape.one_of), found=" / ".join(given) or "none")
        if shape.extensible:
            values["extensions"] = extensions or NO_EXTENSIONS
        return shape.make(**values)

    def _check_type(self, document: Mapping[str, object], prefix: str) -> None:
        shape = self._shape
        if "@type" in document:
            found = document["@type"]
            if found != shape.word:  # 2
                raise WRONG_TYPE(path=prefix + "@type", expected=shape.word, found=_shown(found))
        elif shape.typed:  # 2
            raise MISSING_MEMBER(path=prefix + "@type")

    def _identify(
        self,
        document: Mapping[str, object],
        prefix: str,
        values: dict[str, object],
        extensions: dict[str, object],
        reading: Reading,
    ) -> None:
        shape = self._shape
        if "@id" not in document:
            if shape.identified:  # 3
                raise MISSING_MEMBER(path=prefix + "@id")
            return
        identity = document["@id"]
        if not isinstance(identity, str):  # 3
            raise WRONG_FORM(path=prefix + "@id", expected="a text", found=kind_of(identity))
        if not identity:  # 3
            raise EMPTY_TEXT(path=prefix + "@id")
        if shape.identity:
            values[shape.identity] = identity
        elif shape.extensible:
            extensions["@id"] = identity
        else:
            reading.ignored.append(prefix + "@id")

    def _other(self, name: str, value: object, prefix: str, extensions: dict[str, object], reading: Reading) -> None:
        shape = self._shape
        if name in shape.forbidden:  # 4
            raise FORBIDDEN_MEMBER(path=prefix + name)
        iri = expand(name)
        if iri in self._iris:  # 9
            raise SECOND_SPELLING(path=prefix + name, member=self._iris[iri])
        if shape.extensible and (iri is not None or name in shape.described):
            extensions[name] = value
        else:
            reading.ignored.append(prefix + name)


# --- forms ---------------------------------------------------------------------------------------


def _reader(form: Form) -> Reader:
    if isinstance(form, Text):
        return _read_text
    if isinstance(form, Word):
        return _word_reader(form)
    if isinstance(form, Values):
        return _values_reader(form)
    if isinstance(form, Part):
        return _part_reader(form)
    if isinstance(form, Parts):
        return _parts_reader(form)
    return _TERMS[form]


def _read_text(value: object, path: str, _reading: Reading) -> object:
    if not isinstance(value, str):
        raise WRONG_FORM(path=path, expected="a text", found=kind_of(value))
    return value


def _word_reader(form: Word) -> Reader:
    names = form.names

    def read_word(value: object, path: str, _reading: Reading) -> object:
        word = names.get(value) if isinstance(value, str) else None
        if word is None:
            raise WRONG_FORM(path=path, expected=f"one of {', '.join(names)}", found=_shown(value))
        return word

    return read_word


def _array(value: object, path: str, minimum: int) -> list[object]:
    if not isinstance(value, list):
        raise WRONG_FORM(path=path, expected="an array", found=kind_of(value))
    if len(value) < minimum:
        raise WRONG_FORM(path=path, expected="an array with something in it", found="an empty one")
    return value


def _values_reader(form: Values) -> Reader:
    def read_values(value: object, path: str, _reading: Reading) -> object:
        return tuple(_array(value, path, form.minimum))

    return read_values


def _part_reader(form: Part) -> Reader:
    def read_part(value: object, path: str, reading: Reading) -> object:
        if form.or_id and isinstance(value, str):
            return value
        return read(PARTS[form.word], value, path, reading)

    return read_part


def _parts_reader(form: Parts) -> Reader:
    def read_parts(value: object, path: str, reading: Reading) -> object:
        shape = PARTS[form.word]
        return tuple(
            read(shape, item, f"{path}[{index}]", reading) for index, item in enumerate(_array(value, path, 1))
        )

    return read_parts


def _read_offer(value: object, _path: str, _reading: Reading) -> object:
    return read_offer(value, in_catalog=False)


def _read_agreement(value: object, _path: str, _reading: Reading) -> object:
    return read_agreement(value)


def _read_catalog_offers(value: object, path: str, _reading: Reading) -> object:
    items = enumerate(_array(value, path, 1))
    return tuple(_catalog_offer(item, f"{path}[{index}]") for index, item in items)


def _catalog_offer(value: object, path: str) -> Policy:
    try:
        return read_offer(value, in_catalog=True)
    except RenkeiError as error:
        within = str(error.values.get("path", "")).removeprefix("offer")
        raise error.problem(**{**error.values, "path": path + within}) from None


def _shown(value: object) -> object:
    return value if isinstance(value, str) else kind_of(value)


_TERMS: Final[Mapping[Terms, Reader]] = {
    Terms.OFFER: _read_offer,
    Terms.AGREEMENT: _read_agreement,
    Terms.CATALOG_OFFERS: _read_catalog_offers,
}
_KEYWORDS: Final = frozenset({"@context", "@id", "@type"})
_COMPILED: Final[Mapping[int, _ShapeReader]] = {
    id(shape): _ShapeReader(shape) for shape in (*MESSAGES.values(), *PARTS.values())
}
