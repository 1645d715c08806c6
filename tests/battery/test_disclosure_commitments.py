"""Commitments: every input can be shown to belong to a record, nothing else can, and nothing shows by itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.battery.commitments import Opening, commit
from renkei.kernel.problems import ConfigurationError, PeerError

SECRET = bytes(range(32))
INPUTS: dict[str, object] = {
    "bom": {"lines": [{"component": "cell", "amount": "4"}]},
    "inventory/pack": {"own": [{"kgCO2e": "12.5"}]},
    "received/0": {"total": "70"},
    "rules": "eu-cfb-2024-draft",
}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)


def _sent(opening: Opening) -> Opening:
    return Opening.from_json(json.loads(json.dumps(opening.to_json())))


def test_a_tree_of_one_leaf_and_fifteen_fillers_is_hashed_as_written_down() -> None:
    """The root again, from the module's formulas alone, with nothing of its code."""

    def salt(name: bytes) -> str:
        return hmac.new(SECRET, name, hashlib.sha256).hexdigest()

    named = salt(b'"a"')
    leaves = [f'{{"leaf":"a","salt":"{named}","value":"1"}}']
    leaves += [f'{{"filler":{i},"salt":"{salt(str(i).encode())}"}}' for i in range(15)]
    level = sorted(hashlib.sha256(b"\0" + leaf.encode()).digest() for leaf in leaves)
    while len(level) > 1:
        level = [hashlib.sha256(b"\1" + level[i] + level[i + 1]).digest() for i in range(0, len(level), 2)]
    assert commit({"a": "1"}, SECRET).root == f"sha-256:{level[0].hex()}"


@settings(max_examples=50)
@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), values, max_size=12), st.data())
def test_any_inputs_that_are_shown_belong_to_the_root(inputs: dict[str, object], data: st.DataObject) -> None:
    committed = commit(inputs, SECRET)
    some = data.draw(st.sets(st.sampled_from(sorted(inputs)))) if inputs else set()
    whole = _sent(committed.open())
    whole.demand(committed.root)
    assert whole.whole
    assert whole.inputs == inputs
    if some:
        part = _sent(committed.open(some))
        part.demand(committed.root)
        assert part.inputs == {name: inputs[name] for name in some}
        assert not part.whole


def test_a_part_of_the_inputs_is_never_taken_for_all() -> None:
    committed = commit(INPUTS, SECRET)
    assert not committed.open(INPUTS).whole  # every input, but nothing shows that there is no other
    assert committed.open().whole


def test_nothing_but_the_shown_values_can_be_read() -> None:
    shown = json.dumps(commit(INPUTS, SECRET).open(["rules"]).to_json())
    assert all(word not in shown for word in ("cell", "inventory", "12.5", "received", "70"))


def test_another_secret_hides_the_same_inputs_otherwise() -> None:
    one, other = commit(INPUTS, SECRET), commit(INPUTS, bytes(32))
    assert one.root != other.root
    assert not set(one.levels[0]) & set(other.levels[0])
    assert one.root == commit(dict(reversed(INPUTS.items())), SECRET).root


@pytest.mark.parametrize("count", [0, 1, 15, 16])
def test_few_inputs_look_like_sixteen(count: int) -> None:
    committed = commit({str(i): i for i in range(count)}, SECRET)
    assert len(committed.leaves) == 16
    assert len(committed.levels) == 5


def _change(path: str, value: object) -> Callable[[dict[str, object]], None]:
    def change(opening: dict[str, object]) -> None:
        *steps, last = path.split(">")
        place: object = opening
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]  # type: ignore[index]
        place[int(last) if isinstance(place, list) else last] = value  # type: ignore[index]

    return change


def _drop_hash(opening: dict[str, object]) -> None:
    beside = opening["beside"]
    assert isinstance(beside, dict)
    beside.popitem()


def _repeat_leaf(opening: dict[str, object]) -> None:
    leaves = opening["leaves"]
    assert isinstance(leaves, list)
    leaves.append(dict(leaves[0], at=leaves[0]["at"] ^ 1))


def _turn_round(opening: dict[str, object]) -> None:
    leaves, beside = opening["leaves"], opening["beside"]
    assert isinstance(leaves, list)
    assert isinstance(beside, dict)
    at = leaves[0]["at"]
    beside[f"0/{at}"] = beside.pop(f"0/{at ^ 1}")
    leaves[0]["at"] = at ^ 1


TAMPERINGS = {
    "a value": _change("leaves>0>value", "eu-cfb-2025"),
    "a name": _change("leaves>0>leaf", "rulez"),
    "a salt": _change("leaves>0>salt", "0" * 64),
    "a short salt": _change("leaves>0>salt", "0"),
    "a place": _change("leaves>0>at", 99),
    "a negative place": _change("leaves>0>at", -1),
    "a place that is a boolean": _change("leaves>0>at", True),
    "sides": _turn_round,
    "a hash": _change("beside>3/0", "sha-256:" + "0" * 64),
    "no hash": _change("beside>3/0", "0" * 64),
    "a hash too few": _drop_hash,
    "a hash too many": _change("beside>4/7", "sha-256:" + "0" * 64),
    "a hash nowhere": _change("beside>a", "sha-256:" + "0" * 64),
    "a leaf twice": _repeat_leaf,
    "no leaves": _change("leaves", []),
    "leaves of another form": _change("leaves", {}),
    "a leaf of another form": _change("leaves>0", "rules"),
    "hashes of another form": _change("beside", []),
    "another type": _change("@type", "Opening"),
    "another depth": _change("depth", 5),
    "a depth beyond bounds": _change("depth", 10**9),
    "a depth that is no number": _change("depth", "4"),
    "a member more": _change("more", 1),
    "a filler of an input": _change("leaves>0", {"at": 0, "filler": "rules", "salt": "0" * 64}),
    "an input of a filler": _change("leaves>0", {"at": 0, "leaf": 3, "salt": "0" * 64, "value": None}),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_was_tampered_with_is_refused(what: str) -> None:
    committed = commit(INPUTS, SECRET)
    opening = deepcopy(committed.open(["rules"]).to_json())
    assert "3/0" in str(opening["beside"])  # with this secret it is the place that some cases name
    TAMPERINGS[what](opening)
    with pytest.raises(PeerError) as caught:
        Opening.from_json(opening).demand(committed.root)
    assert caught.value.code == "disclosure-opening-broken"


def test_an_input_that_is_not_there_cannot_be_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        commit(INPUTS, SECRET).open(["recipe"])
    assert caught.value.code == "disclosure-leaf-unknown"
    assert "recipe" in caught.value.message()


def test_more_inputs_than_a_tree_takes_are_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        commit(dict.fromkeys(map(str, range((1 << 17) + 1))), SECRET)
    assert caught.value.code == "disclosure-too-many-leaves"
