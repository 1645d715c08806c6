"""A daemon's life: ready, answering, stopped by a signal, started again on the same folder."""

from __future__ import annotations

import json
import signal
import socket
import urllib.error
import urllib.request

import pytest
from daemon_process import DaemonProcess

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("daemon-process")]
SETTINGS = "[connector]\ninsecure_loopback = true\n[public]\nport = {port}\n"


@pytest.fixture(scope="module")
def port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, port):
    folder = tmp_path_factory.mktemp("node")
    (folder / "renkei.toml").write_text(SETTINGS.format(port=port))
    return folder


@pytest.fixture(scope="module")
def daemon(folder):
    daemon = DaemonProcess(folder)
    yield daemon
    daemon.stop()


def get(url, token=None):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return json.load(answer)


def test_the_ready_line_tells_where_everything_is(daemon, folder, port) -> None:
    ready = daemon.ready
    assert set(ready) == {"ready", "did", "public_url", "management_url", "folder", "pid"}
    assert ready["ready"] is True
    assert ready["did"] == f"did:web:127.0.0.1%3A{port}"
    assert ready["public_url"] == f"http://127.0.0.1:{port}"
    assert ready["folder"] == str(folder)
    assert ready["pid"] == daemon.process.pid


def test_partners_and_the_operator_are_answered_when_it_says_ready(daemon, folder) -> None:
    document = get(daemon.ready["public_url"] + "/.well-known/did.json")
    assert document["id"] == daemon.ready["did"]
    token = (folder / "management.token").read_text().strip()
    assert get(daemon.ready["management_url"] + "/v1/status", token)["did"] == daemon.ready["did"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(daemon.ready["management_url"] + "/v1/status", "wrong")
    refused.value.close()
    assert refused.value.code == 401


def test_secrets_are_for_their_owner_alone_and_in_no_output(daemon, folder) -> None:
    secrets = [folder / "management.token", *(folder / "keys").iterdir()]
    assert len(secrets) == 3
    said = daemon.first_line.decode() + daemon.log.read_text("utf-8")
    for path in secrets:
        assert path.stat().st_mode & 0o077 == 0
        assert path.read_text().strip() not in said


def test_the_management_address_is_written_for_the_command_line(daemon, folder) -> None:
    assert (folder / "management.url").read_text().strip() == daemon.ready["management_url"]


def test_a_second_daemon_on_the_same_folder_is_refused_and_the_first_goes_on(daemon, folder) -> None:
    second = DaemonProcess(folder, environment={"RENKEI__PUBLIC__PORT": "0"}, arguments=["--json"])
    assert second.end() == 3
    assert second.ready is None
    assert json.loads(second.first_line)["error"]["fault"] == "configuration"
    assert get(daemon.ready["management_url"] + "/v1/health") == {"ready": True}
    assert (folder / "management.url").exists()


def test_a_port_that_is_taken_is_told_and_ends_as_a_wrong_setting(daemon, tmp_path, port) -> None:
    (tmp_path / "renkei.toml").write_text(SETTINGS.format(port=port))
    other = DaemonProcess(tmp_path, arguments=["--json"])
    assert other.end() == 3
    assert json.loads(other.first_line)["error"]["code"] == "http-cannot-listen"


def test_a_wrong_setting_ends_before_anything_is_made(tmp_path) -> None:
    (tmp_path / "renkei.toml").write_text("[public]\nprot = 1\n")
    other = DaemonProcess(tmp_path, arguments=["--json"])
    assert other.end() == 3
    assert json.loads(other.first_line)["error"]["code"] == "config-unknown-key"
    assert {path.name for path in tmp_path.iterdir()} == {"renkei.toml", "log"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well_and_the_next_start_is_the_same_participant(tmp_path, how) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        own_port = probe.getsockname()[1]
    (tmp_path / "renkei.toml").write_text(SETTINGS.format(port=own_port))
    first = DaemonProcess(tmp_path)
    key = get(first.ready["public_url"] + "/.well-known/did.json")
    assert first.stop(how) == 0
    assert not (tmp_path / "management.url").exists()
    codes = [line["code"] for line in first.log_lines()]
    assert codes[0] == "daemon-ready"
    assert codes[-1] == "daemon-stopping"
    second = DaemonProcess(tmp_path)
    assert get(second.ready["public_url"] + "/.well-known/did.json") == key
    assert second.stop(how) == 0
