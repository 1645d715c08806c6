"""The command line in this process, with an environment of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from cli_daemons import ScriptedDaemon

from renkei.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one object on standard output."""
        assert self.out.count("\n") == 1, self.out
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    for name in ("RENKEI_URL", "RENKEI_TOKEN_FILE", "RENKEI_TRACE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def scripted(monkeypatch, tmp_path):
    daemon = ScriptedDaemon()
    token = tmp_path / "token"
    token.write_text("the-token\n")
    daemon.options = ("--url", daemon.url, "--token-file", str(token))
    yield daemon
    daemon.stop()
