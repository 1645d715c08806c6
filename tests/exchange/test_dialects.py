"""Another version of the protocol is another value: two members who prefer it speak nothing else, end to end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from renkei.kernel.problems import PeerError
from renkei.kernel.strict_json import loads_object
from renkei.testing.member import MemberConfig
from renkei.wire import codec
from renkei.wire.dialects import DSP_2025_1

DATASET = "urn:dialects:cell"


def parse(raw):
    """Every name backwards, and that under the name of the version."""
    return turned(loads_object(raw)["backwards"])


def encode(message):
    return json.dumps({"backwards": turned(codec.encode_object(message))}).encode()


def turned(value):
    if isinstance(value, dict):
        return {name[::-1]: turned(item) for name, item in value.items()}
    return [turned(item) for item in value] if isinstance(value, list) else value


BACKWARDS = replace(DSP_2025_1, version="backwards-1", path="/dsp/backwards", parse=parse, encode=encode)
BOTH = MemberConfig(dialects=(BACKWARDS, DSP_2025_1))


def spoken(space):
    """The versions in whose places the members met, and all that was said there."""
    crossings = [crossing for crossing in space.network.log if "/dsp/" in crossing.passage.url]
    said = [body for crossing in crossings for body in (crossing.passage.body, crossing.body) if body]
    assert said
    return {crossing.passage.url.split("/")[4] for crossing in crossings}, said


async def test_two_who_prefer_another_version_speak_it_throughout(dataspace) -> None:
    maker, buyer = await dataspace.join("maker", BOTH), await dataspace.join("buyer", BOTH)
    await maker.publish(DATASET, b'"the bytes"')
    assert DATASET in [dataset.id for dataset in await buyer.catalog("maker")]
    fetched = await buyer.fetch("maker", DATASET)
    assert fetched.received.body == b'"the bytes"'
    places, said = spoken(dataspace)
    assert places == {"backwards"}
    assert [body for body in said if not body.startswith(b'{"backwards"')] == []
    assert [body for body in said if b"/dsp/2025-1" in body] == []


async def test_who_speaks_one_version_is_met_in_it(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", BOTH)
    await maker.publish(DATASET, b'"the bytes"')
    assert (await buyer.fetch("maker", DATASET)).received.body == b'"the bytes"'
    await buyer.publish(DATASET, b'"other bytes"')
    assert (await maker.fetch("buyer", DATASET)).received.body == b'"other bytes"'
    assert spoken(dataspace)[0] == {"2025-1"}


async def test_without_a_common_version_it_ends(dataspace) -> None:
    only = MemberConfig(dialects=(BACKWARDS,))
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", only)
    await maker.publish(DATASET)
    with pytest.raises(PeerError) as caught:
        await buyer.fetch("maker", DATASET)
    assert caught.value.code == "wire-no-common-version"
