"""Settings: read strictly, named helpfully, overlaid by the environment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renkei.daemon.config import SECTIONS, DaemonConfig, management_url, read_config
from renkei.daemon.run import connector_config
from renkei.kernel.problems import ConfigurationError
from renkei.node import ConnectorConfig

WHOLE = """
[connector]
name = "セル株式会社"
folder = "state"
participant = "BPNL000000000001"
database = "memory"
purposes = ["urn:purpose:1"]
unsigned_partners = ["BPNL000000000002"]
private_hosts = ["10.0.0.0/8"]
insecure_loopback = true
wait = 5
token_lifetime = 60
[public]
host = "0.0.0.0"
port = 443
url = "https://connector.example"
[management]
port = 8081
hosts = ["ops.example"]
[partners]
cell = "did:web:cells.example"
[addresses]
"BPNL000000000002" = "https://partner.example/dsp"
[messages]
tries = 3
[log]
level = "error"
format = "text"
"""


def read(tmp_path, text, environment=None):
    path = tmp_path / "renkei.toml"
    path.write_text(text, "utf-8")
    return read_config(path, environment or {})


def refused(tmp_path, text, environment=None):
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text, environment)
    return caught.value


def test_an_empty_file_takes_the_defaults_beside_itself(tmp_path) -> None:
    config = read(tmp_path, "")
    assert config.connector.folder == str(tmp_path)
    assert (config.public.host, config.public.port) == ("127.0.0.1", 8080)
    assert config.management.host == "127.0.0.1"
    assert config.connector.insecure_loopback is False


def test_every_setting_arrives(tmp_path) -> None:
    config = read(tmp_path, WHOLE)
    assert config.connector.folder == str(tmp_path / "state")
    assert config.connector.name == "セル株式会社"
    assert config.connector.wait == 5.0
    assert config.public.url == "https://connector.example"
    assert config.management.hosts == ("ops.example",)
    assert config.partners == {"cell": "did:web:cells.example"}
    assert config.addresses == {"BPNL000000000002": "https://partner.example/dsp"}
    assert config.log.level == "error"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://connector.example",
        "connector.example",
        "connector.example:8080",
        "//connector.example",
        "https://",
        "https:///dsp",
        "https://connector.example:port",
        "https://connector.example:0",
        "https://someone@connector.example",
        "https://connector.example?x=1",
        "https://connector.example#x",
        "https://connector. example",
        "https://[::1",
        "javascript:alert(1)",
        "http://connector.example.com",
        "http://127.0.0.1.example.com",
    ],
)
def test_an_address_that_no_partner_could_call_is_refused(tmp_path, url) -> None:
    error = refused(tmp_path, f'[public]\nurl = "{url}"\n')
    assert (error.code, error.values["where"]) == ("config-bad-value", "[public]")
    assert url in error.message()
    assert refused(tmp_path, "", {"RENKEI__PUBLIC__URL": url}).code == "config-bad-value"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[connector]\nparticipant = "hello"', ("[connector]", "participant", "hello")),
        ('[connector]\nparticipant = "did:web:a..example"', ("participant", "did:web:a..example")),
        ('[connector]\nparticipant = "did:web"', ("participant", "did:web")),
        ('[connector]\nunsigned_partners = ["maker"]\n[partners]\nmaker = "urn:m"', ("unsigned_partners", "maker")),
        ('[partners]\nfoo = "bar"', ("[partners]", "foo", "bar")),
        ('[partners]\nfoo = ""', ("[partners]", "foo", "empty")),
        ('[aliases]\nBPNL000000000002 = "bar"', ("[aliases]", "BPNL000000000002", "bar")),
        ('[addresses]\nBPNL000000000002 = "http://partner.example/dsp"', ("[addresses]", "BPNL000000000002")),
    ],
)
def test_somebody_who_can_be_nobody_is_refused_with_the_settings_name(tmp_path, text, words) -> None:
    error = refused(tmp_path, text)
    assert (error.code, [word for word in words if word not in error.message()]) == ("config-bad-value", [])


def test_a_partner_may_be_whoever_has_an_address_or_a_number(tmp_path) -> None:
    read(tmp_path, '[partners]\na = "A-7"\nb = "BPNL000000000002"\n[addresses]\nA-7 = "https://a.example/dsp"')


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8080", "https://connector.example/renkei", "https://[::1]:443"])
def test_an_address_of_the_web_is_taken(tmp_path, url) -> None:
    assert read(tmp_path, f'[public]\nurl = "{url}"\n').public.url == url


def test_a_section_given_in_part_keeps_its_own_defaults_for_the_rest(tmp_path) -> None:
    config = read(tmp_path, "[messages]\ntries = 3\n[errands]\nfirst = 1\n")
    assert (config.messages.tries, config.messages.longest) == (3, 30.0)
    assert (config.errands.first, config.errands.tries) == (1.0, 200)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("[publik]\nport = 1", "config-unknown-key", ("[publik]", "public")),
        ("[public]\nprot = 1", "config-unknown-key", ("prot", "port", "[public]")),
        ("[connector]\nfolde = 'x'", "config-unknown-key", ("folde", "folder")),
        ("[connector]\ninsecure-loopback = true", "config-unknown-key", ("insecure_loopback",)),
        ("port = 8080", "config-unknown-key", ("port",)),
        ("[public]\nport = 'x'", "config-bad-value", ("[public]", "port: expected a whole number, got a text")),
        ("[public]\nport = 65536", "config-bad-value", ("port",)),
        ("[public]\nport = true", "config-bad-value", ("port",)),
        ("[connector]\ninsecure_loopback = 'yes'", "config-bad-value", ("insecure_loopback",)),
        ("[connector]\nwait = 0", "config-bad-value", ("wait",)),
        ("[connector]\nwait = nan", "config-bad-value", ("wait",)),
        ("[connector]\ndatabase = 'oracle'", "config-bad-value", ("database",)),
        (
            "[log]\nlevel = 'loud'",
            "config-bad-value",
            ("[log]", "level is 'loud', not one of 'debug', 'info', 'warning', 'error'"),
        ),
        ("[messages]\ntries = 0", "config-bad-value", ("tries",)),
        ("[partners]\na = 1", "config-bad-value", ("[partners]", "an entry: expected a text, got a whole number")),
        ("connector = 3", "config-bad-value", ("connector",)),
        ("messages = 3", "config-bad-value", ("messages",)),
        ("[public", "config-no-toml", ("renkei.toml",)),
        ("[public]\nport = 1\nport = 2", "config-no-toml", ("renkei.toml",)),
    ],
)
def test_what_does_not_fit_is_told_with_its_name_and_the_nearest_known_one(tmp_path, text, code, words) -> None:
    error = refused(tmp_path, text)
    assert error.code == code
    said = f"{error.message()} {error.hint()}"
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(("content", "code"), [(b"\xff\xfe", "config-no-toml"), (None, "config-unreadable")])
def test_a_file_that_cannot_be_read_is_a_typed_error(tmp_path, content, code) -> None:
    path = tmp_path / "renkei.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_config(path, {})
    assert caught.value.code == code


def test_the_environment_goes_before_the_file(tmp_path) -> None:
    environment = {
        "RENKEI__PUBLIC__PORT": "9090",
        "RENKEI__CONNECTOR__INSECURE_LOOPBACK": "false",
        "RENKEI__CONNECTOR__PRIVATE_HOSTS": "a.example, b.example",
        "RENKEI__MESSAGES__TRIES": "9",
        "RENKEI_URL": "not a setting",
        "OTHER": "x",
    }
    config = read(tmp_path, WHOLE, environment)
    assert config.public.port == 9090
    assert config.public.url == "https://connector.example"
    assert config.connector.insecure_loopback is False
    assert config.connector.private_hosts == ("a.example", "b.example")
    assert config.messages.tries == 9


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("RENKEI__PUBLIC__PROT", "1", "config-unknown-key"),
        ("RENKEI__PUBLIK__PORT", "1", "config-unknown-key"),
        ("RENKEI__PUBLIC", "1", "config-unknown-key"),
        ("RENKEI__PUBLIC__PORT", "x", "config-bad-value"),
        ("RENKEI__PUBLIC__PORT", "70000", "config-bad-value"),
    ],
)
def test_a_variable_is_held_to_the_same_rules(tmp_path, name, value, code) -> None:
    assert refused(tmp_path, "", {name: value}).code == code


def test_the_days_of_reminders_stand_in_the_file_or_in_the_environment(tmp_path) -> None:
    assert connector_config(read(tmp_path, "")).reminders == (7, 1, 0)
    text = "[requests]\nreminders = [14, 3]\n"
    assert connector_config(read(tmp_path, text)).reminders == (14, 3)
    assert read(tmp_path, text, {"RENKEI__REQUESTS__REMINDERS": "2,0"}).requests.reminders == (2, 0)
    assert refused(tmp_path, "[requests]\nreminders = [-1]\n").code == "config-bad-value"


def test_the_management_address_is_the_one_the_daemon_wrote_or_its_fixed_port(tmp_path) -> None:
    assert management_url(read(tmp_path, "")) is None
    fixed = read(tmp_path, "[management]\nport = 8081\n")
    assert management_url(fixed) == "http://127.0.0.1:8081"
    assert management_url(read(tmp_path, "[management]\nhost = '::1'\nport = 8081\n")) == "http://[::1]:8081"
    (tmp_path / "management.url").write_text("http://127.0.0.1:7\n")
    assert management_url(fixed) == "http://127.0.0.1:7"


def test_every_setting_of_the_library_has_its_name_in_the_file() -> None:
    """A new setting of the library must not be out of reach for the daemon's operator."""
    named = {f"{section}.{field}" for section in SECTIONS for field in SECTIONS[section].__struct_fields__}
    renamed = {
        "host": "public.host",
        "port": "public.port",
        "public_url": "public.url",
        "management": "management.host",
        "management_host": "management.host",
        "management_port": "management.port",
        "habits": "messages.tries",
        "page": "catalog.page",
        "imprint": "catalog.title",
        "approvals": "approval.assets",
        "accepted_duties": "duties.accepts",
        "reminders": "requests.reminders",
    }
    for field in ConnectorConfig.__dataclass_fields__:
        place = renamed.get(field, f"connector.{field}")
        assert place in named or field in DaemonConfig.__struct_fields__, field


REGISTER = """
[partners]
cell = "did:web:cells.example"
[register.cell]
membership = "active"
roles = ["maker"]
groups = []
security_profile = "TRUST"
facts = { "https://example.com/policy/plant" = ["Kobe"] }
valid_until = 2027-03-31T23:59:59Z
[register."did:web:other.example"]
country = "JP"
valid_until = "2027-03-31T23:59:59+09:00"
[part_of]
maker = ["suppliers"]
[admission]
connectors = ["cell", "did:web:other.example"]
attributes = { roles = ["maker"] }
security_profile = "BASE"
"""


def test_what_is_known_of_partners_and_who_is_admitted_arrives(tmp_path) -> None:
    config = read(tmp_path, REGISTER)
    cell, other = config.register["cell"], config.register["did:web:other.example"]
    assert cell.attributes == {
        "https://example.com/policy/plant": ("Kobe",),
        "membership": ("active",),
        "roles": ("maker",),
        "groups": (),
        "security_profile": ("TRUST",),
    }
    assert cell.valid_until is not None
    assert cell.valid_until - other.valid_until == timedelta(hours=9)
    assert other.attributes == {"country": ("JP",)}
    assert config.part_of == {"maker": ("suppliers",)}
    assert config.admission.connectors == ("cell", "did:web:other.example")
    assert config.admission.attributes == {"roles": ("maker",)}


def test_admission_may_stand_in_the_environment(tmp_path) -> None:
    environment = {
        "RENKEI__ADMISSION__CONNECTORS": "did:web:a.example, did:web:b.example",
        "RENKEI__ADMISSION__SECURITY_PROFILE": "TRUST",
    }
    admission = read(tmp_path, "", environment).admission
    assert (admission.connectors, admission.security_profile) == (("did:web:a.example", "did:web:b.example"), "TRUST")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("[register.cell]\nmembership = 'active'", "config-bad-value", ("[register]", "cell")),
        (
            "[register.'did:web:a.example']\nrole = ['x']",
            "config-unknown-key",
            ("role", "[register.did:web:a.example]"),
        ),
        ("[register.'did:web:a.example']\nroles = 'x'", "config-bad-value", ("[register]", "roles", "a list")),
        ("[register.'did:web:a.example']\nvalid_until = 2027-03-31", "config-bad-value", ("valid_until",)),
        ("[register.'did:web:a.example']\nvalid_until = 2027-03-31T00:00:00", "config-bad-value", ("valid_until",)),
        ("[register.'did:web:a.example']\nsecurity_profile = 'HIGH'", "config-bad-value", ("security_profile", "HIGH")),
        ("[register]\ncell = 'x'", "config-bad-value", ("[register]", "a section")),
        ("[admission]\nconnectors = ['who']", "config-bad-value", ("[admission]", "who")),
        ("[admission]\nsecurity_profile = 'HIGH'", "config-bad-value", ("HIGH", "TRUST")),
        ("[admission]\nattributes = { roles = 'x' }", "config-bad-value", ("attributes", "a list")),
    ],
)
def test_a_register_or_admission_that_cannot_be_meant_is_refused(tmp_path, text, code, words) -> None:
    error = refused(tmp_path, text)
    assert (error.code, [word for word in words if word not in error.message()]) == (code, [])
