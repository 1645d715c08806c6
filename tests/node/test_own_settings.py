"""What is wrong with our own settings is told as that, with the setting's name, and never as a partner's fault."""

from __future__ import annotations

import pytest

from renkei.daemon.config import ConnectorSection, DaemonConfig, PublicSection
from renkei.daemon.run import serve
from renkei.kernel.problems import ConfigurationError, LocalError
from renkei.node import Connector, ConnectorConfig


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"host": "0.0.0.0"}, "config-no-public-address", ("`host` is 0.0.0.0", "[public]", "`url`")),
        ({"host": "::"}, "config-no-public-address", ("`host` is ::", "[public]", "`url`")),
        (
            {"host": "0.0.0.0", "participant": "did:web:connector.example.com"},
            "config-no-public-address",
            ("[public]", "`url`"),
        ),
        ({"public_url": "https://192.0.2.7"}, "config-no-public-address", ("https://192.0.2.7", "IP address", "`url`")),
        (
            {"participant": "did:web:", "public_url": "https://connector.example.com"},
            "config-bad-participant",
            ("did:web:", "`participant`", "[connector]"),
        ),
    ],
)
async def test_a_setting_that_partners_could_not_use_is_named(tmp_path, settings, code, words) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await Connector(ConnectorConfig(folder=tmp_path, port=8080, **settings)).__aenter__()
    said = f"{caught.value.message()} {caught.value.hint()}"
    assert (caught.value.code, [word for word in words if word not in said]) == (code, [])


@pytest.mark.parametrize("action", ["odrl:infrom", "infrom", "http://www.w3.org/ns/odrl/2/infrom", ""])
async def test_a_duty_that_is_accepted_is_one_that_a_policy_can_name(tmp_path, action) -> None:
    accepted = frozenset({"odrl:inform", action})
    config = ConnectorConfig(folder=tmp_path, insecure_loopback=True, accepted_duties=accepted)
    with pytest.raises(ConfigurationError) as caught:
        await Connector(config).__aenter__()
    assert caught.value.code == "config-unknown-action"


async def test_accepted_duties_reach_the_rules_under_the_names_that_are_meant(tmp_path) -> None:
    names = frozenset({"inform", "odrl:pay", "https://example.org/teach"})
    async with Connector(ConnectorConfig(folder=tmp_path, insecure_loopback=True, accepted_duties=names)) as connector:
        odrl = "http://www.w3.org/ns/odrl/2/"
        assert connector.participant.ports.settings.accepted_duties == {
            odrl + "inform",
            odrl + "compensate",
            "https://example.org/teach",
        }
        assert await connector.obligations() == await connector.obligations(due=True) == []
        for said in (connector.fulfil, connector.begin_obligation):
            with pytest.raises(LocalError) as caught:
                await said("urn:uuid:none", "x")
            assert caught.value.code == "obligation-unknown"


async def test_a_connector_may_listen_everywhere_under_a_name(tmp_path) -> None:
    config = ConnectorConfig(folder=tmp_path, host="0.0.0.0", public_url="https://connector.example.com")
    async with Connector(config) as connector:
        assert connector.did == "did:web:connector.example.com"


@pytest.mark.parametrize("folder", ["file", "file/below", "closed/below", "x" * 300])
async def test_a_folder_that_cannot_be_one_is_told(tmp_path, folder) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "closed").symlink_to(tmp_path / "closed")
    with pytest.raises(ConfigurationError) as caught:
        await Connector(ConnectorConfig(folder=tmp_path / folder)).__aenter__()
    assert caught.value.code == "config-bad-folder"
    assert "`folder` in [connector]" in caught.value.hint()


async def test_a_folder_whose_address_file_cannot_be_written_is_told(tmp_path) -> None:
    (tmp_path / "management.url").mkdir()
    config = DaemonConfig(
        connector=ConnectorSection(folder=str(tmp_path), insecure_loopback=True), public=PublicSection(port=0)
    )
    with pytest.raises(ConfigurationError) as caught:
        await serve(config, lambda ready: None)
    assert caught.value.code == "config-bad-folder"


async def test_a_connector_that_does_not_run_says_so(tmp_path) -> None:
    connector = Connector(ConnectorConfig(folder=tmp_path, insecure_loopback=True, database="memory"))
    with pytest.raises(LocalError, match="connector-not-running") as caught:
        await connector.inbox()
    assert "async with" in caught.value.hint()
    async with connector:
        assert await connector.inbox() == []
    with pytest.raises(LocalError, match="connector-not-running"):
        await connector.inbox()
