"""A data space for tests: several participants in one process, without sockets, files, databases or waiting.

What runs is the real thing: use cases, wire format, tokens, signatures, policies, endpoints. Only the network, the
clock and the store are in memory. A first test::

    import asyncio
    from renkei.testing import InMemoryDataspace, Storm

    async def main():
        async with InMemoryDataspace(seed=7) as dataspace:
            maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
            await maker.publish("urn:example:cell", b'{"kgCO2e": "62.9"}')
            dataspace.network.weather = Storm(seed=7, lose=0.2)
            agreement = await dataspace.run(buyer.negotiate("maker", "urn:example:cell"))
            assert agreement.final and agreement.signed
            dataspace.network.weather = None
            fetched = await buyer.fetch("maker", "urn:example:cell")
            assert fetched.received.body == b'{"kgCO2e": "62.9"}'

    asyncio.run(main())

The clock stands still until ``advance`` moves it; ``settle`` lets happen what can happen now; ``run`` and ``rest`` move
the clock from one due thing to the next. ``partner`` gives a peer that says only what the test makes it say. With
pytest, ``pytest_plugins = ["renkei.testing.plugin"]`` in a ``conftest.py`` gives the fixture ``dataspace``.
"""

from renkei.testing.clock import START, FakeClock, SeededIds
from renkei.testing.dataspace import InMemoryDataspace
from renkei.testing.member import ANYONE, Keyring, Member, MemberConfig
from renkei.testing.network import Crossing, Fate, MemoryLine, Network, Passage, Storm
from renkei.testing.scripted import ScriptedPartner

__all__ = [
    "ANYONE",
    "START",
    "Crossing",
    "FakeClock",
    "Fate",
    "InMemoryDataspace",
    "Keyring",
    "Member",
    "MemberConfig",
    "MemoryLine",
    "Network",
    "Passage",
    "ScriptedPartner",
    "SeededIds",
    "Storm",
]
