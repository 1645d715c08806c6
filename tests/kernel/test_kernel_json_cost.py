"""What a stranger's JSON may cost before it is refused."""

from __future__ import annotations

import time

import pytest

from renkei.kernel import strict_json
from renkei.kernel.problems import PeerError

# More brackets than the depth allows: only then is the text looked through before it is parsed.
_BRACKETS = b"[" * 70
_SIZE = 300_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'"' + b'\\"' * (_SIZE // 2), id="a string of escaped quotes without an end"),
        pytest.param(b'\\"' * (_SIZE // 2), id="escaped quotes outside every string"),
        pytest.param(b'"' + b"\\" * (_SIZE - 2), id="a string that ends in a backslash"),
        pytest.param(b'"' * (_SIZE - 1), id="quotes alone"),
    ],
)
def test_a_broken_text_is_refused_in_time_that_grows_with_its_size(text):
    began = time.perf_counter()
    with pytest.raises(PeerError):
        strict_json.loads(_BRACKETS + text)
    # A thousandth of what the square of the size would take.
    assert time.perf_counter() - began < 1.0


def test_brackets_inside_a_string_that_never_ends_do_not_reach_the_parser_as_depth():
    with pytest.raises(PeerError) as caught:
        strict_json.loads(b"[" * 60 + b'"' + b"[" * 100_000)
    assert caught.value.code == "json-broken"


def test_a_string_may_hold_what_would_be_too_deep_outside():
    text = b'{"a": ["' + b'[{\\"' * 1000 + b'"]}'
    assert strict_json.loads(text) == {"a": ['[{"' * 1000]}
