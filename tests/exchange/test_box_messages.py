"""What a request box takes, byte by byte, and what it refuses without harm."""

from __future__ import annotations

import json

import pytest

from renkei.exchange.answer.box_messages import read_box_message
from renkei.kernel.problems import PeerError

REQUEST = {
    "@type": "Request",
    "@id": "urn:uuid:1",
    "request": "urn:uuid:2",
    "part": "P-1",
    "kinds": ["footprint"],
    "due": "2026-12-31",
}


def test_a_request_is_read():
    assert read_box_message(json.dumps(REQUEST).encode()).part == "P-1"


@pytest.mark.parametrize("member", ["@id", "request", "part", "message"])
@pytest.mark.parametrize("text", ["\ud800", "a\udfff"])
def test_half_a_character_is_refused(member, text):
    with pytest.raises(PeerError) as caught:
        read_box_message(json.dumps({**REQUEST, member: text}).encode())
    assert caught.value.code == "request-malformed"


@pytest.mark.parametrize("member", ["@id", "request", "part"])
@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\x1b[31m", "\x7f"])
def test_a_name_holds_no_control_character(member, text):
    with pytest.raises(PeerError) as caught:
        read_box_message(json.dumps({**REQUEST, member: text}).encode())
    assert caught.value.code == "request-malformed"


def test_the_words_to_a_person_may_have_lines():
    assert read_box_message(json.dumps({**REQUEST, "message": "a\nb"}).encode()).message == "a\nb"
