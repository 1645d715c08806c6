"""Salted commitments: a record names one hash; later single inputs, or all, are shown to belong to it.

A calculation's inputs are named leaves, each a JSON value. Each leaf has a salt of its own, so that a guessed value
cannot be tried against a hash. Leaves stand in the order of their hashes, between fillers that nobody can tell from
them, up to a power of two: neither position nor depth tells which inputs there are, and only roughly how many.

::

    leaf   = SHA-256(0x00 ‖ JCS({"leaf": name, "salt": …, "value": …}))      filler: {"filler": number, "salt": …}
    node   = SHA-256(0x01 ‖ left ‖ right)                                   root: "sha-256:…"
    salt   = HMAC-SHA-256(secret, JCS of the name or number)                 one secret of 32 bytes for each record

An opening shows some leaves and the hashes of the branches beside them. One with every leaf and filler, and so without
any such hash, shows that there are no other inputs. What must hold of one (``Opening.demand``):

1. every leaf and filler has a position of its own in the tree, every leaf a name of its own, every filler a number;
2. the hashes beside them are needed, each once, and none is missing;
3. together they give the root that the record names.

Source: RFC 9162 section 2.1.1 (prefixes against taking a node for a leaf), RFC 8785; salts as in SD-JWT (RFC 9901).
Raises ConfigurationError ``disclosure-leaf-unknown``, ``disclosure-too-many-leaves``; PeerError
``disclosure-opening-broken``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from renkei.battery.commitment_problems import LEAF_UNKNOWN, OPENING_BROKEN, TOO_MANY_LEAVES
from renkei.kernel import jcs

SECRET_BYTES: Final = 32
_LEAST_DEPTH: Final = 4  # sixteen places, so that a part with few inputs does not say so
_MOST_DEPTH: Final = 17
_HASH: Final = re.compile(r"sha-256:[0-9a-f]{64}", re.ASCII)
_PLACE: Final = re.compile(r"(?:0|[1-9][0-9]?)/(?:0|[1-9][0-9]{0,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One input of a calculation, or (``name`` is a number) a filler, with the salt that hides it."""

    name: str | int
    salt: str
    value: object = None

    @property
    def filler(self) -> bool:
        """Whether it stands for no input."""
        return isinstance(self.name, int)

    def content(self) -> dict[str, object]:
        """What is hashed."""
        if self.filler:
            return {"filler": self.name, "salt": self.salt}
        return {"leaf": self.name, "salt": self.salt, "value": self.value}

    def hash(self) -> bytes:
        """Its hash in the tree. Raises LocalError ``json-not-canonical``."""
        return hashlib.sha256(b"\x00" + jcs.canonical(self.content())).digest()


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a record is bound to: all leaves and fillers in their places. Private but for ``root``."""

    leaves: tuple[Leaf, ...]
    levels: tuple[tuple[bytes, ...], ...]

    @property
    def root(self) -> str:
        """The one hash that is published."""
        return jcs.digest_name(self.levels[-1][0])

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs there are."""
        return tuple(sorted(leaf.name for leaf in self.leaves if isinstance(leaf.name, str)))

    def open(self, names: Iterable[str] | None = None) -> Opening:
        """Show these inputs; ``None``: all, and that there are no others."""
        wanted = None if names is None else set(names)
        unknown = (wanted or set()) - set(self.names)
        if unknown:
            raise LEAF_UNKNOWN(leaf=", ".join(sorted(unknown)), known=", ".join(self.names))
        shown = {
            place: leaf
            for place, leaf in enumerate(self.leaves)
            if wanted is None or (isinstance(leaf.name, str) and leaf.name in wanted)
        }
        return Opening(len(self.levels) - 1, shown, dict(self._beside(shown)))

    def _beside(self, shown: Mapping[int, Leaf]) -> Iterable[tuple[tuple[int, int], bytes]]:
        """The hashes that whoever has these leaves lacks for the root, by level and place."""
        known = set(shown)
        for level, hashes in enumerate(self.levels[:-1]):
            for place in sorted(known):
                if place ^ 1 not in known:
                    yield (level, place ^ 1), hashes[place ^ 1]
            known = {place >> 1 for place in known}


def commit(inputs: Mapping[str, object], secret: bytes) -> Commitment:
    """Bind a calculation to its inputs. The same inputs and secret give the same commitment."""
    depth = max(_LEAST_DEPTH, (len(inputs) - 1).bit_length())
    if depth > _MOST_DEPTH:
        raise TOO_MANY_LEAVES(count=len(inputs), limit=1 << _MOST_DEPTH)
    leaves = [Leaf(name, _salt(secret, name), value) for name, value in inputs.items()]
    leaves += (Leaf(number, _salt(secret, number)) for number in range((1 << depth) - len(leaves)))
    in_place = sorted((leaf.hash(), i) for i, leaf in enumerate(leaves))
    levels = [tuple(digest for digest, _ in in_place)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(tuple(_node(below[i], below[i + 1]) for i in range(0, len(below), 2)))
    return Commitment(tuple(leaves[i] for _, i in in_place), tuple(levels))


@dataclass(frozen=True, slots=True)
class Opening:
    """Some leaves of a tree in their places, and the hashes beside them by level and place."""

    depth: int
    leaves: Mapping[int, Leaf]
    beside: Mapping[tuple[int, int], bytes]

    @property
    def whole(self) -> bool:
        """Whether every place is shown, so that there can be no other input."""
        return len(self.leaves) == 1 << self.depth

    @property
    def inputs(self) -> dict[str, object]:
        """The values that are shown, by name."""
        return {leaf.name: leaf.value for leaf in self.leaves.values() if isinstance(leaf.name, str)}

    def demand(self, root: str) -> None:
        """That these leaves belong to the record that names this root (2, 3; 1 holds by reading)."""
        hashes = {place: leaf.hash() for place, leaf in self.leaves.items()}
        used: set[tuple[int, int]] = set()
        for level in range(self.depth):
            above: dict[int, bytes] = {}
            for place, digest in hashes.items():
                other = hashes.get(place ^ 1)
                if other is None:  # 2
                    other = self.beside.get((level, place ^ 1))
                    if other is None:
                        raise OPENING_BROKEN(cause=f"the hash at {level}/{place ^ 1} is missing")
                    used.add((level, place ^ 1))
                above[place >> 1] = _node(digest, other) if place % 2 == 0 else _node(other, digest)
            hashes = above
        if used != set(self.beside):  # 2
            raise OPENING_BROKEN(cause="it has hashes that nothing needs")
        if not hmac.compare_digest(jcs.digest_name(hashes[0]), root):  # 3
            raise OPENING_BROKEN(cause="the inputs do not give the hash that the record names")

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "@type": "InputOpening",
            "depth": self.depth,
            "leaves": [{"at": place, **leaf.content()} for place, leaf in sorted(self.leaves.items())],
            "beside": {f"{level}/{place}": jcs.digest_name(h) for (level, place), h in sorted(self.beside.items())},
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one (1)."""
        members = _object(value, {"@type", "depth", "leaves", "beside"}, "it")
        depth, leaves, beside = members["depth"], members["leaves"], members["beside"]
        if members["@type"] != "InputOpening":
            raise OPENING_BROKEN(cause="it is no InputOpening")
        if not _whole(depth) or not isinstance(depth, int) or not _LEAST_DEPTH <= depth <= _MOST_DEPTH:
            raise OPENING_BROKEN(cause="the depth is not allowed")
        if not isinstance(leaves, list) or not leaves or not isinstance(beside, Mapping):
            raise OPENING_BROKEN(cause="leaves or beside has the wrong form")
        placed: dict[int, Leaf] = {}
        names: set[str | int] = set()
        for each in leaves:
            place, leaf = _read_leaf(each, 1 << depth)
            if place in placed or leaf.name in names:  # 1
                raise OPENING_BROKEN(cause=f"{leaf.name} stands there twice")
            placed[place] = leaf
            names.add(leaf.name)
        return cls(depth, placed, dict(_read_hash(name, digest) for name, digest in beside.items()))


def _salt(secret: bytes, name: str | int) -> str:
    return hmac.new(secret, jcs.canonical(name), hashlib.sha256).hexdigest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _object(value: object, names: set[str], what: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or set(value) != names:
        raise OPENING_BROKEN(cause=f"{what} must have exactly {', '.join(sorted(names))}")
    return value


def _read_leaf(value: object, places: int) -> tuple[int, Leaf]:
    filler = isinstance(value, Mapping) and "filler" in value
    members = _object(value, {"at", "filler", "salt"} if filler else {"at", "leaf", "salt", "value"}, "a leaf")
    place, salt, name = members["at"], members["salt"], members["filler" if filler else "leaf"]
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < places:  # 1
        raise OPENING_BROKEN(cause="a leaf stands outside the tree")
    if not isinstance(salt, str) or len(salt) != 2 * SECRET_BYTES:
        raise OPENING_BROKEN(cause="a leaf has no salt")
    if not isinstance(name, str | int) or isinstance(name, bool) or isinstance(name, int) is not filler:
        raise OPENING_BROKEN(cause="a leaf has no name")
    return place, Leaf(name, salt, members.get("value"))


def _read_hash(name: object, digest: object) -> tuple[tuple[int, int], bytes]:
    if not isinstance(name, str) or not _PLACE.fullmatch(name):
        raise OPENING_BROKEN(cause="a hash stands at no place")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise OPENING_BROKEN(cause=f"what stands at {name} is no hash")
    level, _, place = name.partition("/")
    return (int(level), int(place)), bytes.fromhex(digest.partition(":")[2])
