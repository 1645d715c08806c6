"""What a collector sees of the companies behind its part: as far as each of them consents, whatever its tier."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.battery.disclosure.supply_tree import (
    MOST_DEPTH,
    Cell,
    Direct,
    Link,
    NodeNaming,
    Sight,
    SupplyTree,
    node_of,
    salt_for,
    screen,
)
from renkei.kernel.problems import PeerError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
COLLECTOR = "did:web:collector.example"


def did(name: str) -> str:
    return f"did:web:{name.lower()}.example"


def secret(name: str) -> bytes:
    return name.encode() * 32


def node(name: str, customer: str) -> str:
    return node_of(did(name), f"part-{name}", salt_for(secret(name), f"part-{name}", did(customer)))


def tree(name: str, customer: str, *below: SupplyTree | str) -> SupplyTree:
    made = SupplyTree.over(
        node(name, customer), below, record_id=f"urn:uuid:{name}", part=f"part-{name}", company=did(name)
    )
    assert SupplyTree.from_json(json.loads(json.dumps(made.to_json()))) == made
    return made


def naming(name: str, customer: str, until: datetime = NOW + timedelta(days=1)) -> NodeNaming:
    salt = salt_for(secret(name), f"part-{name}", did(customer))
    made = NodeNaming(
        id=f"urn:uuid:naming-{name}",
        node=node(name, customer),
        salt=salt,
        part=f"part-{name}",
        company=did(name),
        recipient=COLLECTOR,
        until=until,
    )
    assert NodeNaming.from_json(json.loads(json.dumps(made.to_json()))) == made
    return made


def metis_chain() -> list[Direct]:
    """A and B deliver to the collector; C and D to A, G to B; E and one more to C."""
    c = tree("C", "A", tree("E", "C"), tree("X", "C"))
    a = tree("A", "collector", c, tree("D", "A"))
    b = tree("B", "collector", tree("G", "B"))
    return [Direct(did("A"), "part-A", a), Direct(did("B"), "part-B", b)]


NAMINGS = [naming("C", "A"), naming("D", "A"), naming("G", "B"), naming("E", "C")]
VALUES = {
    (did("A"), "part-A"): Decimal(40),
    (did("B"), "part-B"): Decimal(10),
    (did("E"), "part-E"): Decimal(15),
}


def cells(found: list[Cell]) -> set[tuple[str, str]]:
    names = {did(name): name for name in "ABCDEGX"}
    return {(names.get(cell.company, cell.company), cell.shown) for cell in found}


def test_the_collectors_screen_has_exactly_the_cells_of_metis_slide() -> None:
    """A 40, B 10, C **, D **, G **, E 15, and one whose name is hidden, too."""
    found = screen(metis_chain(), NAMINGS, VALUES, NOW)
    assert len(found) == 7
    assert cells(found) == {
        ("A", "40"),
        ("B", "10"),
        ("C", "**"),
        ("D", "**"),
        ("G", "**"),
        ("E", "15"),
        ("**", "**"),
    }
    assert {cell.company: cell.tier for cell in found if cell.sight is Sight.VALUE} == {
        did("A"): 1,
        did("B"): 1,
        did("E"): 3,
    }
    hidden = next(cell for cell in found if cell.sight is Sight.NOTHING)
    assert (hidden.tier, hidden.company, hidden.part, hidden.value) == (3, "**", "**", None)


@pytest.mark.parametrize(
    ("without", "cell"),
    [
        ("E's naming", ("**", "**")),
        ("E's record", ("E", "**")),
        ("A's record", ("A", "**")),
        ("A's tree", ("A", "40")),
    ],
)
def test_what_is_shown_goes_with_the_consent(without: str, cell: tuple[str, str]) -> None:
    direct, namings, values = metis_chain(), list(NAMINGS), dict(VALUES)
    if without == "E's naming":
        namings = [naming("E", "C", until=NOW) if each.company == did("E") else each for each in namings]
    elif without == "A's tree":
        direct[0] = Direct(did("A"), "part-A")
    else:
        del values[did(without[0]), f"part-{without[0]}"]
    found = cells(screen(direct, namings, values, NOW))
    assert cell in found
    assert (("E", "15") in found) is (without == "A's record")


def test_a_record_alone_shows_nobody_who_has_not_named_itself() -> None:
    found = screen(metis_chain(), [], VALUES, NOW)
    assert cells(found) == {("A", "40"), ("B", "10"), ("**", "**")}
    assert len(found) == 7


def test_the_tiers_between_learn_nothing_of_who_is_below() -> None:
    """What A tells the collector names A alone; nor does it tell that E delivers to two customers."""
    told = json.dumps(metis_chain()[0].tree.to_json())  # type: ignore[union-attr]
    assert did("A") in told
    assert not any(did(name) in told or f"part-{name}" in told for name in "CDEX")
    assert node("E", "C") != node("E", "D")


def test_nobody_else_can_stand_at_a_node() -> None:
    good = NAMINGS[0].to_json()
    for member, value in (("company", did("Z")), ("part", "part-Z"), ("salt", "0" * 64), ("node", node("D", "A"))):
        with pytest.raises(PeerError) as caught:
            NodeNaming.from_json(good | {member: value})
        assert caught.value.code == "disclosure-tree-broken"


def test_companies_that_supply_each_other_make_no_tree_without_end() -> None:
    below = tree("A", "B", tree("B", "A"))
    again = tree("B", "A", below)
    assert again.links == tuple(sorted([Link(node("A", "B"), node("B", "A"))]))
    assert again.cut


def test_a_tree_that_is_too_deep_is_cut_and_says_so() -> None:
    chain = tree("0", "1")
    for i in range(1, MOST_DEPTH + 5):
        chain = tree(str(i), str(i + 1), chain)
    assert len(chain.links) == MOST_DEPTH
    assert chain.cut


HASH = "sha-256:" + "0" * 64


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ([{"node": HASH, "under": node("A", "collector")}] * 2, "disclosure-tree-broken"),
        ([{"node": HASH, "under": HASH}], "disclosure-tree-broken"),
        ([{"node": node("A", "collector"), "under": node("A", "collector")}], "disclosure-tree-broken"),
        ([{"node": HASH}], "battery-record-field-missing"),
        ([{"node": 1, "under": HASH}], "battery-record-field-malformed"),
        ([{"node": "did:web:hidden.example", "under": node("A", "collector")}], "battery-record-field-malformed"),
        ("", "battery-record-field-malformed"),
    ],
)
def test_a_tree_that_is_none_is_refused(nodes: object, code: str) -> None:
    with pytest.raises(PeerError) as caught:
        SupplyTree.from_json(tree("A", "collector").to_json() | {"nodes": nodes})
    assert caught.value.code.startswith(code.rsplit("-", 1)[0])


def test_cut_is_a_yes_or_a_no() -> None:
    with pytest.raises(PeerError):
        SupplyTree.from_json(tree("A", "collector").to_json() | {"cut": "no"})


@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_whatever_is_put_together_can_be_read(edges: set[tuple[int, int]]) -> None:
    n = [node(f"n{i}", "c") for i in range(9)]
    parts = [SupplyTree(id="x", part="p", company="c", node=n[a], links=(Link(n[b], n[a]),)) for a, b in edges]
    made = SupplyTree.over(node("root", "c"), parts, record_id="x", part="p", company="c")
    assert SupplyTree.from_json(made.to_json()) == made
