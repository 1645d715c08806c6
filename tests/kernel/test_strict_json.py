"""``kernel.strict_json`` takes what JSON is, once, and says the same whichever of its two readers has read it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.kernel.problems import PeerError
from renkei.kernel.strict_json import Limits, loads

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def written(value: object, *, ascii_only: bool) -> str:
    """JSON by hand: members and items as they come, numbers as Python spells them."""
    if isinstance(value, dict):
        members = (
            f"{written(k, ascii_only=ascii_only)}: {written(v, ascii_only=ascii_only)}" for k, v in value.items()
        )
        return "{ " + " ,".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item, ascii_only=ascii_only) for item in value) + " ]"
    if isinstance(value, Decimal):
        # JSON has no number that ends with a point, and a whole number without one is an integer.
        text = f"{value:f}" if abs(value.adjusted()) < 40 else f"{value:e}"
        return text if "." in text or "e" in text else text + ".0"
    return json.dumps(value, ensure_ascii=ascii_only)


@given(VALUES, st.booleans())
def test_what_is_written_is_read(value: object, ascii_only: bool) -> None:
    assert loads(written(value, ascii_only=ascii_only).encode()) == value


@given(st.text('{}[],:"\\ab1.e-0 \n\u00e9\u2028', max_size=24))
def test_the_quick_reader_takes_and_says_what_the_standard_one_does(text: str) -> None:
    twice: list[bool] = []

    def pairs(members: list[tuple[str, object]]) -> dict[str, object]:
        twice.append(len(dict(members)) != len(members))
        return dict(members)

    try:
        expected = json.loads(text, object_pairs_hook=pairs, parse_float=Decimal)
    except ValueError:
        expected = None
        twice.append(True)
    if any(twice):
        with pytest.raises(PeerError, match="JSON"):
            loads(text.encode())
    else:
        assert loads(text.encode()) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"a":1.5}',
        '{"a":1.5,"a":[2.5,3.5]}',
        '{"a":{"b":1,"b":1.25},"c":1.5}',
        '{"a":"x","a":"y"}',
        r'{"a":1,"\u0061":2}',
        '{"a":[{"b":1,"c":2,"b":3}]}',
    ],
)
def test_a_name_that_stands_twice_is_refused_whatever_its_values_are(text: str) -> None:
    with pytest.raises(PeerError, match="stands twice"):
        loads(text.encode())


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "-Infinity", "01", "1.", ".5", "1e", "[1,]", "{'a':1}", '"\x01"', ""]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(PeerError) as caught:
        loads(text.encode())
    assert caught.value.code == "json-broken"


@pytest.mark.parametrize("raw", [b'"\xff"', b'{"\xc3":1}', b'"\xed\xa0\x80"', b"\xef\xbb\xbf1"])
def test_what_is_no_unicode_is_refused(raw: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        loads(raw)
    assert caught.value.code == "json-broken"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", Decimal("1.50")),
        ("1E400", Decimal("1E400")),
        ("-0.0", Decimal("-0.0")),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_a_number_is_kept_digit_by_digit(text: str, value: object) -> None:
    found = loads(text.encode())
    assert (found, str(found), type(found)) == (value, str(value), type(value))


@pytest.mark.parametrize("depth", [64, 65])
def test_depth_is_bounded(depth: int) -> None:
    raw = b"[" * depth + b"]" * depth
    if depth <= Limits().depth:
        loads(raw)
    else:
        with pytest.raises(PeerError, match="deeper"):
            loads(raw)
