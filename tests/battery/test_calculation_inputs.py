"""What a footprint is made of, as one document: it gives the same figures again, whole or put together from pieces."""

from __future__ import annotations

import copy
import random

import pytest
from battery_samples import inventory, line, own, record, use

from renkei.battery import Bom, CalculationInputs, FactorList
from renkei.kernel import jcs, strict_json
from renkei.kernel.problems import RenkeiError

FACTORS = FactorList.from_csv(
    "material,name,value,unit,source,version,licence\nore,ore of the world,3,kgCO2e/piece,a paper,1,CC0\n"
)
STOCKS = (inventory("p", own("5"), own("1", name="paint"), use("2", "3")), inventory("half", own("4")))
LINES = (line("p", "half", "2", bought=False), line("p", "s", "5"), line("half", "r", "1"))
RECEIVED = (record("s", "7", primary="40"), record("r", "1"))


@pytest.fixture
def inputs(rules):
    return CalculationInputs.of("p", STOCKS, Bom(LINES), RECEIVED, rules, FACTORS)


def test_the_document_gives_the_same_footprint_again(inputs):
    again = CalculationInputs.from_json(strict_json.loads(jcs.canonical(inputs.to_json())))
    assert again == inputs
    assert again.perform() == inputs.perform()
    assert again.perform().total == 5 + 1 + 2 * 3 + 2 * (4 + 1) + 5 * 7


def test_the_order_in_which_things_were_found_changes_nothing(inputs, rules):
    other = CalculationInputs.of("p", STOCKS[::-1], Bom(LINES), RECEIVED[::-1], rules, FACTORS)
    assert other.hash == inputs.hash


def test_each_entry_is_a_leaf_of_its_own_and_headers_count_them(inputs):
    leaves = {leaf.name: leaf.value for leaf in inputs.leaves()}
    assert set(leaves) == {
        "",
        "/ruleSet",
        "/factors",
        "/inventories/0",
        "/inventories/0/own/0",
        "/inventories/1",
        "/inventories/1/own/0",
        "/inventories/1/own/1",
        "/inventories/1/secondary/0",
        "/bom/0",
        "/bom/1",
        "/bom/2",
        "/received/0",
        "/received/1",
    }
    assert leaves[""]["bom"] == {"entries": 3}
    assert leaves["/inventories/1"]["own"] == {"entries": 2}
    assert leaves["/inventories/1/own/1"]["name"] == "paint"
    assert all(leaf.content == jcs.canonical(leaf.value) for leaf in inputs.leaves())


def test_all_pieces_together_are_the_document(inputs):
    leaves = [(leaf.name, strict_json.loads(leaf.content)) for leaf in inputs.leaves()]
    random.Random(6).shuffle(leaves)
    assert CalculationInputs.from_leaves(dict(leaves)) == inputs


def test_a_piece_that_lacks_is_named(inputs):
    whole = {leaf.name: leaf.value for leaf in inputs.leaves()}
    for name in whole:
        with pytest.raises(RenkeiError) as caught:
            CalculationInputs.from_leaves({each: value for each, value in whole.items() if each != name})
        assert caught.value.code == "battery-input-field-missing"
        assert repr(name) in caught.value.message()


@pytest.mark.parametrize("count", [10**9, -1, "2", None])
def test_a_header_cannot_make_anybody_count_forever(inputs, count):
    leaves = {leaf.name: copy.deepcopy(leaf.value) for leaf in inputs.leaves()}
    leaves[""]["bom"]["entries"] = count
    with pytest.raises(RenkeiError):
        CalculationInputs.from_leaves(leaves)


@pytest.mark.parametrize("name", ["", "/inventories/0", "/bom/0", "/ruleSet", "/received/0"])
def test_a_piece_that_is_something_else_is_refused(inputs, name):
    leaves = {leaf.name: leaf.value for leaf in inputs.leaves()}
    for other in (None, [], "text", 5, {}):
        with pytest.raises(RenkeiError):
            CalculationInputs.from_leaves(leaves | {name: other})
