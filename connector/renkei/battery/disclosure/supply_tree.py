"""The shape of what is behind a part, as nodes without names, and what a collector sees of it as far as consents go.

A company tells its customer a ``SupplyTree``: one node for its part, and under it the nodes of its suppliers' trees. A
node is named by a hash over company, part and a salt that only the company knows, another for each customer; so a tree
tells how many stand where, and not who. It travels up tier by tier, each putting its suppliers' trees under its own
node. Where a supplier has told no tree its customer puts a node that nobody can name.

Who stands at a node tells it itself, to whom it wants: a ``NodeNaming`` opens the hash. It goes straight to the
collector, past the tiers between. With the name the collector can ask that company for its record, and gets it, or not,
by the company's own consent, under an agreement between the two of them: the tiers between see neither. So what is
shown follows consent and not tier:

1. name and value: who has named itself (or is a direct supplier) and has given a record, by a consent that lives;
2. the name alone: who has named itself (or is a direct supplier), without such a record;
3. neither: all others.

Shape (``nodes`` sorted by their hashes, so that their order tells nothing)::

    {"@type": "SupplyTree", "id": "urn:uuid:…", "version": 1, "part": "…", "company": "did:web:…",
     "node": "sha-256:…", "nodes": [{"node": "sha-256:…", "under": "sha-256:…"}], "cut": false}
    {"@type": "NodeNaming", "id": "urn:uuid:…", "node": "sha-256:…", "salt": "…", "part": "…",
     "company": "did:web:…", "recipient": "did:web:…", "until": "2027-11-22T00:00:00Z"}

What must hold of a tree: each node is such a hash, so that nobody writes a name there; (a) no link stands there twice;
(b) each node is reached from the root; (c) no node is above itself. Of a naming: (d) its company, part and salt give
its node. Raises PeerError ``battery-record-…``, ``disclosure-tree-broken``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, unique
from typing import Final, Self

from renkei.battery.disclosure.disclosure_problems import TREE_BROKEN
from renkei.battery.parts.gaps import MASKED
from renkei.battery.problems import RECORD
from renkei.battery.reading import Members
from renkei.battery.units import render_figure
from renkei.kernel import instants, jcs

MOST_NODES: Final = 2_000  # some twenty milliseconds for each tree that is read or told
MOST_DEPTH: Final = 30


@unique
class Sight(Enum):
    """How much of a company behind a part is shown (1, 2, 3)."""

    VALUE = "value"
    NAME = "name"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One node and what it stands under."""

    node: str
    under: str


def salt_for(secret: bytes, part: str, customer: str) -> str:
    """The salt of a part's node towards one customer: nobody can tell that two customers have the same supplier."""
    return hmac.new(secret, jcs.canonical(["node", part, customer]), hashlib.sha256).hexdigest()


def node_of(company: str, part: str, salt: str) -> str:
    """The node's name."""
    return jcs.sha256({"company": company, "part": part, "salt": salt})


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyTree:
    """What stands behind a part of one company. ``cut``: there is more than may be told in one tree."""

    id: str
    part: str
    company: str
    node: str
    links: tuple[Link, ...] = ()
    cut: bool = False
    version: int = 1
    supersedes: str | None = None

    @classmethod
    def over(
        cls, node: str, below: Iterable[SupplyTree | str], *, record_id: str, part: str, company: str, version: int = 1
    ) -> Self:
        """A part's tree from those of its suppliers; a node stands for who has told none.

        What would stand above itself (companies that supply each other) or too deep is left out.
        """
        links, direct = set[Link](), tuple(below)
        for each in direct:
            links.add(Link(each if isinstance(each, str) else each.node, node))
            links |= set() if isinstance(each, str) else set(each.links)
        # What comes back from below as under our own node is what we told ourselves, perhaps long ago.
        ours = {link for link in links if link.under != node} | {
            Link(each if isinstance(each, str) else each.node, node) for each in direct
        }
        kept = _reachable(node, ours)
        return cls(
            node=node,
            links=tuple(sorted(kept)),
            cut=len(kept) < len(links),
            id=record_id,
            part=part,
            company=company,
            version=version,
        )

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, ready to be canonicalised and signed."""
        members: dict[str, object] = {
            "@type": "SupplyTree",
            "id": self.id,
            "version": self.version,
            "part": self.part,
            "company": self.company,
            "node": self.node,
            "nodes": [{"node": link.node, "under": link.under} for link in self.links],
            "cut": self.cut,
        }
        return members if self.supersedes is None else members | {"supersedes": self.supersedes}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a tree that a partner gave (a, b, c)."""
        members = Members.typed(value, RECORD, "SupplyTree")
        cut = members.value("cut")
        if not isinstance(cut, bool):
            raise members.malformed("cut", cut, "true or false")
        tree = cls(
            id=members.text("id"),
            version=members.whole("version", 1),
            part=members.text("part"),
            company=members.text("company"),
            node=members.digest("node"),
            links=tuple(sorted(_read_link(each) for each in members.each("nodes"))),
            cut=cut,
            supersedes=members.optional_text("supersedes"),
        )
        members.close()
        if len(set(tree.links)) != len(tree.links):  # a
            raise TREE_BROKEN(cause="a node stands twice under the same one")
        if _reachable(tree.node, set(tree.links)) != set(tree.links):  # b, c
            raise TREE_BROKEN(cause="a node is not reached from the root, is above itself, or stands too deep")
        return tree


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeNaming:
    """Who stands at a node, told by itself to one recipient until an instant."""

    id: str
    node: str
    salt: str
    part: str
    company: str
    recipient: str
    until: datetime

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, ready to be canonicalised and signed."""
        return {
            "@type": "NodeNaming",
            "id": self.id,
            "node": self.node,
            "salt": self.salt,
            "part": self.part,
            "company": self.company,
            "recipient": self.recipient,
            "until": instants.render(self.until),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one, its signature aside (d)."""
        members = Members.typed(value, RECORD, "NodeNaming")
        naming = cls(
            id=members.text("id"),
            node=members.digest("node"),
            salt=members.text("salt"),
            part=members.text("part"),
            company=members.text("company"),
            recipient=members.text("recipient"),
            until=members.instant("until"),
        )
        members.close()
        if node_of(naming.company, naming.part, naming.salt) != naming.node:  # d
            raise TREE_BROKEN(cause="who says to stand at a node does not")
        return naming


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One company behind a part on the collector's screen. ``tier``: 1 for direct suppliers."""

    tier: int
    sight: Sight
    node: str = ""
    under: str = ""
    company: str = MASKED
    part: str = MASKED
    value: Decimal | None = None

    @property
    def shown(self) -> str:
        """The value as it stands on the screen."""
        return MASKED if self.value is None else render_figure(self.value)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "tier": self.tier,
            "sight": self.sight.value,
            "node": self.node,
            "under": self.under,
            "company": self.company,
            "part": self.part,
            "value": self.shown,
        }


@dataclass(frozen=True, slots=True)
class Direct:
    """A direct supplier: known by name, with the tree it told, if it told one."""

    company: str
    part: str
    tree: SupplyTree | None = None


def screen(
    direct: Iterable[Direct],
    namings: Iterable[NodeNaming],
    values: Mapping[tuple[str, str], Decimal],
    now: datetime,
) -> list[Cell]:
    """What a collector sees, tier by tier from each direct supplier on.

    ``namings``: those that came; ``values``: totals by company and part of records that a living consent covers.
    """
    names = {naming.node: (naming.company, naming.part) for naming in namings if naming.until > now}
    cells: list[Cell] = []
    for each in direct:
        root = "" if each.tree is None else each.tree.node
        cells.append(_cell(1, root, "", (each.company, each.part), values))
        if each.tree is not None:
            cells += _below(each.tree, names, values)
    return cells


def _below(
    tree: SupplyTree, names: Mapping[str, tuple[str, str]], values: Mapping[tuple[str, str], Decimal]
) -> Iterator[Cell]:
    """Each node once, where it stands first; all of a tier before the next."""
    under: dict[str, list[str]] = {}
    for link in tree.links:
        under.setdefault(link.under, []).append(link.node)
    shown, tier, level = {tree.node}, 2, [tree.node]
    while level:
        following = []
        for parent in level:
            for node in under.get(parent, ()):
                if node not in shown:
                    shown.add(node)
                    following.append(node)
                    yield _cell(tier, node, parent, names.get(node), values)
        tier, level = tier + 1, following


def _cell(
    tier: int, node: str, under: str, named: tuple[str, str] | None, values: Mapping[tuple[str, str], Decimal]
) -> Cell:
    if named is None:  # 3
        return Cell(tier=tier, sight=Sight.NOTHING, node=node, under=under)
    value = values.get(named)
    sight = Sight.NAME if value is None else Sight.VALUE  # 2, 1
    return Cell(tier=tier, sight=sight, node=node, under=under, company=named[0], part=named[1], value=value)


def _reachable(root: str, links: set[Link]) -> set[Link]:
    """The links that a walk from the root takes without coming back to a node it is under, within bounds."""
    under: dict[str, list[Link]] = {}
    for link in sorted(links):
        under.setdefault(link.under, []).append(link)
    kept: set[Link] = set()
    above: dict[str, frozenset[str]] = {root: frozenset({root})}
    level = [root]
    for _ in range(MOST_DEPTH):
        following = []
        for node in level:
            for link in under.get(node, ()):
                if link.node in above[node] or len(kept) >= MOST_NODES:
                    continue
                kept.add(link)
                if link.node not in above:
                    above[link.node] = above[node] | {link.node}
                    following.append(link.node)
        level = following
    return kept


def _read_link(members: Members) -> Link:
    link = Link(members.digest("node"), members.digest("under"))
    members.close()
    return link
