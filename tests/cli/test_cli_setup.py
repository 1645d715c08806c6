"""Making a connector and its keys, and what is refused before anything starts."""

from __future__ import annotations


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
