"""What is known of partners, by the management API and over real HTTP, and who is let in by it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

import msgspec
import pytest
from management_site import segment, settings

from renkei.daemon.config import AdmissionSection, RegisterSection
from renkei.daemon.run import connector_config
from renkei.exchange.records.partners import Statement
from renkei.kernel.problems import PeerError
from renkei.node import Connector
from renkei.policy.admission import AdmissionRules
from renkei.policy.operands import MEMBERSHIP

pytestmark = pytest.mark.e2e


async def test_facts_are_stated_shown_and_taken_back(maker, buyer) -> None:
    path = f"/partners/{segment(buyer.did)}/facts"
    assert await maker.get(path) == {
        "partner": buyer.did,
        "partner_name": "",
        "admitted": True,
        "refusal": "",
        "facts": [],
    }
    said = {
        "membership": {"values": ["active"], "source": "contract 7", "until": "2099-03-31T23:59:59Z"},
        "groups": {"values": []},
    }
    status, answer = await maker.call("PUT", path, {"facts": said})
    assert status == 200
    assert [(fact["attribute"], fact["values"], fact["source"], fact["until"]) for fact in answer["facts"]] == [
        ("groups", [], "register", None),
        ("membership", ["active"], "contract 7", "2099-03-31T23:59:59Z"),
    ]
    assert answer["facts"][1]["operands"] == [MEMBERSHIP]
    assert all(fact["stored"] for fact in answer["facts"])
    status, answer = await maker.call("DELETE", path, attribute="groups")
    assert [fact["attribute"] for fact in answer["facts"]] == ["membership"]
    status, answer = await maker.call("DELETE", path)
    assert (status, answer["facts"]) == (200, [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"facts": {"colour": {"values": ["red"]}}}, "policy-unknown-attribute"),
        ({"facts": {"roles": {"values": [""]}}}, "partner-facts-unusable"),
        ({"facts": {"roles": {"values": "auditor"}}}, "management-bad-body"),
        ({"facts": {"roles": {"values": ["x"], "until": "2099-03-31T23:59:59"}}}, "management-bad-body"),
    ],
)
async def test_what_cannot_be_stated_is_refused(maker, body, code) -> None:
    status, answer = await maker.call("PUT", f"/partners/{segment('did:web:x.example')}/facts", body)
    assert (status, answer["code"]) == (400, code)


async def test_a_name_that_nobody_configured_is_no_partner(maker) -> None:
    status, answer = await maker.call("GET", "/partners/who/facts")
    assert (status, answer["code"]) == (404, "partner-unknown")


async def test_the_status_tells_who_is_admitted(maker) -> None:
    everyone = {"everyone": True, "connectors": [], "attributes": {}, "security_profile": ""}
    assert (await maker.get("/status"))["admission"] == everyone


# --- admission between two connectors on loopback ----------------------------------------------------------------------


def config_of(folder, **more):
    return replace(connector_config(settings(folder)), management=False, **more)


async def test_admission_holds_over_http_for_messages_and_for_what_we_begin(tmp_path) -> None:
    async with AsyncExitStack() as stack:
        buyer = await stack.enter_async_context(Connector(config_of(tmp_path / "buyer")))
        rules = AdmissionRules(attributes={"membership": ("active",)}, security_profile="TRUST")
        maker = await stack.enter_async_context(Connector(config_of(tmp_path / "maker", admission=rules)))
        with pytest.raises(PeerError) as caught:
            await buyer.catalog(maker.did)
        assert (caught.value.code, caught.value.values["status"]) == ("partner-refused", 403)
        book = maker.participant.register
        await book.state(buyer.did, {"membership": Statement(values=("active",))})
        with pytest.raises(PeerError):
            await buyer.catalog(maker.did)
        await book.state(buyer.did, {"security_profile": Statement(values=("TRUST_PLUS",))})
        assert [dataset.id for dataset in await buyer.catalog(maker.did)]


def test_a_daemons_settings_reach_register_and_admission(tmp_path) -> None:
    section = msgspec.structs.replace(
        settings(tmp_path),
        partners={"cell": "did:web:cells.example"},
        register={"cell": RegisterSection(membership="active", roles=("maker",), facts={"urn:x": ("y",)})},
        part_of={"maker": ("suppliers",)},
        admission=AdmissionSection(connectors=("cell",), security_profile="BASE"),
    )
    config = connector_config(section)
    assert config.register["cell"].attributes == {"urn:x": ("y",), "membership": ("active",), "roles": ("maker",)}
    assert config.part_of == {"maker": ("suppliers",)}
    assert config.admission == AdmissionRules(connectors=("cell",), security_profile="BASE")


async def test_configured_names_are_the_partners_they_name(tmp_path) -> None:
    section = msgspec.structs.replace(
        settings(tmp_path / "node"),
        partners={"cell": "did:web:cells.example"},
        register={"cell": RegisterSection(membership="active")},
        admission=AdmissionSection(connectors=("cell",)),
    )
    async with Connector(replace(connector_config(section), management=False)) as connector:
        ports = connector.participant.ports
        assert MEMBERSHIP in (await ports.register.about("did:web:cells.example")).facts
        assert ports.settings.admitted.connectors == ("did:web:cells.example",)
        await ports.admission.demand("did:web:cells.example")
