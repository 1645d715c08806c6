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
