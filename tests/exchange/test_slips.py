"""Slips that are told at once, before anything is stored or sent."""

from __future__ import annotations

import pytest

from renkei.exchange.partner.partners import DidDirectory
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind
from renkei.kernel.problems import ConfigurationError, LocalError
from renkei.testing import FakeClock, InMemoryDataspace

CELLS = "did:web:cells.example"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("cell-maker", CELLS), (CELLS, CELLS), ("BPNL-7", "BPNL-7"), ("urn:supplier:9", "urn:supplier:9")],
)
def test_a_configured_name_or_an_id_is_taken(written, meant):
    directory = DidDirectory(None, None, FakeClock(), {"cell-maker": CELLS}, {"BPNL-7": "https://seven.example/dsp"})
    assert directory.identify(written) == meant


def test_a_bare_word_that_nobody_configured_is_a_slip():
    with pytest.raises(ConfigurationError, match="partner-unknown"):
        DidDirectory(None, None, FakeClock(), {"cell-maker": CELLS}).identify("cel-maker")


async def test_a_day_that_is_past_is_not_asked_for():
    async with InMemoryDataspace() as dataspace:
        asker = await dataspace.join("asker")
        await dataspace.join("supplier")
        with pytest.raises(LocalError, match="request-date-past"):
            await asker.request("supplier", "part-1", [RequestKind.FOOTPRINT], "2020-01-01")
        assert await asker.participant.requests.listed(incoming=False) == []


@pytest.mark.parametrize(
    ("compute", "missing"), [("footprint", "inventory"), ("due_diligence", "due-diligence statement")]
)
async def test_a_part_without_its_file_names_the_file(compute, missing):
    async with InMemoryDataspace() as dataspace:
        maker = await dataspace.join("maker")
        part = await maker.participant.parts.register(PartRecord(id="part-1"))
        with pytest.raises(ConfigurationError, match=f"part-incomplete: The part part-1 has no {missing}"):
            await getattr(maker.participant.parts, compute)(part)
