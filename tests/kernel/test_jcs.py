"""Canonical bytes are those of RFC 8785, whichever writer makes them."""

from __future__ import annotations

import json

import pytest

from renkei.kernel.jcs import canonical
from renkei.kernel.problems import LocalError

EVERY_CHARACTER = [chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF]


def test_every_character_is_written_as_the_standard_says() -> None:
    # RFC 8785 section 3.2.2.2: two-letter escapes where JSON has them, \u00xx for other controls, all else as it is.
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    wanted = "".join(short.get(c, f"\\u{ord(c):04x}" if c < " " else c) for c in EVERY_CHARACTER)
    assert canonical("".join(EVERY_CHARACTER)) == f'"{wanted}"'.encode()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        # RFC 8785 section 3.2.3: the order is that of UTF-16 code units, not of code points.
        (
            {
                "\u20ac": "Euro",
                "\r": "CR",
                "\ufb33": "Dalet",
                "1": "One",
                "\U0001f600": "Smile",
                "\u0080": "C",
                "\u00f6": "o",
            },
            '{"\\r":"CR","1":"One","\u0080":"C","\u00f6":"o","\u20ac":"Euro","\U0001f600":"Smile","\ufb33":"Dalet"}',
        ),
        (
            {"b": 1, "a": [True, None, False], "": {}, "A": -9007199254740991},
            '{"":{},"A":-9007199254740991,"a":[true,null,false],"b":1}',
        ),
        ({"a": {"c": 1, "b": {"e": [], "d": 2}}}, '{"a":{"b":{"d":2,"e":[]},"c":1}}'),
        ((1, ("x",)), '[1,["x"]]'),
        (0, "0"),
    ],
)
def test_names_are_in_order_and_nothing_is_between(value: object, written: str) -> None:
    assert canonical(value) == written.encode()
    assert json.loads(written) == json.loads(canonical(value))


@pytest.mark.parametrize(
    "value", [1.5, 2**53, -(2**53), {1: "x"}, b"x", {"a": {1}}, "\ud800", {"\udc00": 1}, ["\u00e9\ud800"]]
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(LocalError) as caught:
        canonical(value)
    assert caught.value.code == "json-not-canonical"


def test_nesting_without_end_is_refused() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(LocalError) as caught:
        canonical(value)
    assert caught.value.code == "json-not-canonical"
