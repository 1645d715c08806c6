"""Purposes that can be consented to, whether they are primary or secondary, and which fields each of them needs.

METI's first principle (必要最小限の相手や内容) asks for the minimum content, so the list is fixed: for each purpose and
type of record the member paths that it needs, and nothing more. A path is a JSON pointer in which ``*`` stands for each
item of an array or any name of a map. Purposes that the list does not know can be agreed on, but not consented to.

Raises ConfigurationError ``battery-input-…`` for a list that cannot be read, ``consent-field-beyond-purpose``;
PeerError ``consent-purpose-unknown``, ``consent-secondary-apart``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, Self, TypeAlias

from renkei.battery.label import Label
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.exchange.catalog.purpose_problems import APART, BEYOND_PURPOSE, UNKNOWN_PURPOSE
from renkei.policy.model import RENKEI

CARBON_FOOTPRINT: Final = RENKEI + "purpose/carbon-footprint"
DUE_DILIGENCE: Final = RENKEI + "purpose/due-diligence-2023-1542"
_EACH: Final = "*"
_Paths: TypeAlias = frozenset[tuple[str, ...]]
_NOTHING: Final = object()


class PurposeClass(Enum):
    """PRIMARY: what the data is handed over for; SECONDARY: what profits one company or the industry besides."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One purpose; ``aliases``: what other data spaces call it; ``fields``: member paths by type of record."""

    id: str
    title: Label
    purpose_class: PurposeClass
    aliases: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeList:
    """The purposes of one date, by IRI."""

    id: str
    as_of: date
    sources: tuple[str, ...]
    purposes: Mapping[str, Purpose]
    aliases: Mapping[str, str]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a purpose list."""
        members = Members.typed(value, INPUT, "PurposeList")
        listed = members.inner("purposes")
        purposes = {name: _read_purpose(name, listed.inner(name)) for name in listed.names()}
        read = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            sources=members.texts("sources"),
            purposes=purposes,
            aliases={alias: purpose.id for purpose in purposes.values() for alias in purpose.aliases},
        )
        members.close()
        return read

    # --- which purposes --------------------------------------------------------------------------

    def canonical(self, purposes: Iterable[str]) -> frozenset[str]:
        """Each purpose by its own name; what the list does not know stays as it is."""
        return frozenset(self.aliases.get(purpose, purpose) for purpose in purposes)

    def known(self, purpose: str) -> Purpose:
        """A purpose by its name or alias. Raises PeerError ``consent-purpose-unknown``."""
        found = self.purposes.get(self.aliases.get(purpose, purpose))
        if found is None:
            raise UNKNOWN_PURPOSE(purpose=purpose, known=", ".join(sorted(self.purposes)))
        return found

    def class_of(self, purposes: Iterable[str]) -> PurposeClass:
        """The one class of all of them. Raises as ``known``, and PeerError ``consent-secondary-apart`` for two."""
        found = {self.known(purpose).purpose_class for purpose in purposes}
        if len(found) > 1:
            raise APART(purposes=", ".join(sorted(self.secondary(purposes))))
        return next(iter(found), PurposeClass.PRIMARY)

    def secondary(self, purposes: Iterable[str]) -> frozenset[str]:
        """Those that are secondary; a purpose that the list does not know is none."""
        known = (self.purposes.get(purpose) for purpose in self.canonical(purposes))
        return frozenset(one.id for one in known if one is not None and one.purpose_class is PurposeClass.SECONDARY)

    # --- which fields ----------------------------------------------------------------------------

    def needs(self, purposes: Iterable[str], document_type: str) -> frozenset[str]:
        """The member paths of a type of record that these purposes need together."""
        known = (self.purposes.get(purpose) for purpose in self.canonical(purposes))
        return frozenset(path for one in known if one is not None for path in one.fields.get(document_type, ()))

    def lists(self, purposes: Iterable[str]) -> bool:
        """Whether the list knows any of them: of others nobody can tell what they need."""
        return any(purpose in self.purposes for purpose in self.canonical(purposes))

    def reduced(self, document: Mapping[str, object], purposes: Iterable[str]) -> dict[str, object]:
        """A record without what these purposes do not need: before it is signed.

        An array loses all of its items or none, so that what is left is never a false count.
        """
        paths = self.needs(purposes, str(document.get("@type", "")))
        left = _reduced(document, frozenset(map(_segments, paths)))
        return left if isinstance(left, dict) else {}

    def fields(self, document: Mapping[str, object], purposes: Iterable[str], subject: str) -> tuple[str, ...]:
        """Of the paths that these purposes need, those that a record has; ``subject`` names it in the error.

        Raises ConfigurationError ``consent-field-beyond-purpose`` with the paths that none of them needs.
        """
        wanted = sorted(set(purposes))
        paths = {_segments(path): path for path in self.needs(wanted, str(document.get("@type", "")))}
        held, beyond = set[str](), set[str]()
        for leaf, empty in _leaves(document, ()):
            matching = [path for segments, path in paths.items() if _covers(segments, leaf, empty=empty)]
            held.update(matching)
            beyond.update(() if matching else (_pointer(leaf),))
        if beyond:
            raise BEYOND_PURPOSE(subject=subject, purposes=", ".join(wanted), fields=", ".join(sorted(beyond)))
        return tuple(sorted(held))


def demand_primary(listed: PurposeList, purposes: Iterable[str]) -> None:
    """What a data request may name: what is asked for beside the data itself is asked for by itself.

    Raises PeerError ``consent-purpose-unknown``, ``consent-secondary-apart``.
    """
    named = tuple(purposes)
    if listed.class_of(named) is PurposeClass.SECONDARY:
        raise APART(purposes=", ".join(named))


def _read_purpose(name: str, members: Members) -> Purpose:
    fields = members.inner("fields")
    purpose = Purpose(
        id=name,
        title=Label.read(members.inner("title")),
        purpose_class=members.choice("class", PurposeClass),
        aliases=members.texts("aliases"),
        fields={document_type: fields.texts(document_type) for document_type in fields.names()},
    )
    members.close()
    return purpose


def _segments(path: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


def _pointer(segments: tuple[str, ...]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in segments)


def _reduced(value: object, paths: _Paths) -> object:
    """What of a value these paths name, or ``_NOTHING``; a container that was empty before stays."""
    match value:
        case dict() | list() if not value:
            return value if paths else _NOTHING
        case Mapping():
            members = {str(name): _reduced(inner, _below(paths, str(name))) for name, inner in value.items()}
            return {name: inner for name, inner in members.items() if inner is not _NOTHING} or _NOTHING
        case list():
            items = [_reduced(inner, _below(paths, _EACH)) for inner in value]
            return _NOTHING if any(item is _NOTHING for item in items) else items
        case _:
            return value if () in paths else _NOTHING


def _below(paths: _Paths, name: str) -> _Paths:
    return frozenset(path[1:] for path in paths if path and path[0] in {name, _EACH})


def _leaves(value: object, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The paths of all that is no container, and of containers that hold nothing."""
    inner: Iterable[tuple[str, object]] = ()
    if isinstance(value, Mapping):
        inner = ((str(name), member) for name, member in value.items())
    elif isinstance(value, list):
        inner = ((_EACH, item) for item in value)
    if isinstance(value, Mapping | list) and value:
        for name, member in inner:
            yield from _leaves(member, (*at, name))
    else:
        yield at, isinstance(value, Mapping | list)


def _covers(path: tuple[str, ...], leaf: tuple[str, ...], *, empty: bool) -> bool:
    """Whether a path names a leaf; an empty container, also where it names what would be in it."""
    if len(path) < len(leaf) or (len(path) > len(leaf) and not empty):
        return False
    return all(named in {found, _EACH} for named, found in zip(path, leaf, strict=False))
