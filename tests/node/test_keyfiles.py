"""A participant's keys: made at the first start, never in silence beside a database that knows others."""

from __future__ import annotations

import pytest

from renkei.kernel.problems import ConfigurationError
from renkei.keyfiles import ensure_keys
from renkei.node import Connector, ConnectorConfig

BOTH = ("assertion.pem", "token.pem")


def held(folder):
    return {path.name: path.read_bytes() for path in (folder / "keys").iterdir()}


def test_the_first_start_makes_keys_and_the_next_one_finds_them(tmp_path) -> None:
    ensure_keys(tmp_path)
    made = held(tmp_path)
    (tmp_path / "renkei.db").touch()
    ensure_keys(tmp_path)
    assert held(tmp_path) == made
    assert tuple(sorted(made)) == BOTH


@pytest.mark.parametrize("lost", [BOTH, BOTH[:1], BOTH[1:]], ids=", ".join)
async def test_a_connector_whose_keys_are_lost_does_not_start(tmp_path, lost) -> None:
    config = ConnectorConfig(folder=tmp_path, insecure_loopback=True)
    async with Connector(config):
        pass
    for name in lost:
        (tmp_path / "keys" / name).unlink()
    left = held(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        await Connector(config).__aenter__()
    assert caught.value.code == "keys-lost"
    assert all(name in caught.value.message() for name in lost)
    assert "backup" in caught.value.hint()
    assert held(tmp_path) == left


def test_a_secret_that_others_may_read_is_refused_in_one_sentence(tmp_path) -> None:
    ensure_keys(tmp_path)
    (tmp_path / "keys" / "token.pem").chmod(0o644)
    with pytest.raises(ConfigurationError) as caught:
        ensure_keys(tmp_path)
    assert caught.value.message() == "The secret token.pem cannot be used: others may read it."
