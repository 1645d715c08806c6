"""Making a connector and its keys, and what is refused before anything starts."""

from __future__ import annotations

import pytest


def test_new_keys_after_a_loss_are_made_only_where_they_are_asked_for(run, tmp_path) -> None:
    made = run("init", "node", "--loopback")
    assert made.code == 0, made.err
    keys = tmp_path / "node" / "keys"
    (tmp_path / "node" / "renkei.db").touch()
    before = (keys / "token.pem").read_bytes()
    (keys / "assertion.pem").unlink()
    refused = run("serve", "--config", "node/renkei.toml", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "keys-lost")
    assert "renkei keys" in refused.json["error"]["hint"]
    assert run("keys", "--config", "node/renkei.toml", "--json").json["made"] == ["keys/assertion.pem"]
    assert (keys / "token.pem").read_bytes() == before
    assert (keys / "assertion.pem").read_bytes() != before


@pytest.mark.parametrize(
    "words",
    [
        ("--public-url", "http://connector.example.com"),
        ("--participant", "hello"),
        ("--partner", "cell-maker=bar"),
        ("--partner", "cell-maker"),
        ("--partner", "cell-maker="),
    ],
)
def test_what_no_connector_could_start_with_is_not_written(run, tmp_path, words) -> None:
    ended = run("init", "node", *words, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "cli-wrong-command-line")
    assert words[1].rpartition("=")[2] in ended.json["error"]["message"]
    assert not (tmp_path / "node").exists()
