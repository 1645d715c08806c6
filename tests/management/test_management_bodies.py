"""What an operator's program may send: text that could not be kept is named before a handler sees it."""

from __future__ import annotations

import pytest

from renkei.exchange.machine.endpoint import Inbound
from renkei.http.management.endpoints import OPERATIONS
from renkei.kernel.problems import ConfigurationError

PARTS = next(row for row in OPERATIONS if row.path.endswith("/parts/{id}") and row.method == "PUT")


def read(text: str) -> object:
    return PARTS.read(Inbound(method="PUT", path="/v1/parts/P", body=b'{"bom": "' + text.encode() + b'"}'))


@pytest.mark.parametrize("text", [r"\ud800", r"a\udfffb", r"\u0000", r"a\\\u0000"])
def test_text_that_no_store_could_keep_is_refused(text) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert caught.value.code == "management-bad-body"


@pytest.mark.parametrize(
    ("text", "bom"), [(r"\\u0000", r"\u0000"), (r"\\\\u0000", r"\\u0000"), (r"\ud83d\udd0b", "🔋"), (r"\u00e9", "é")]
)
def test_other_escapes_are_taken(text, bom) -> None:
    assert read(text).bom == bom
