import json

import pytest
from wire_oracles import SPEC, official

from renkei.kernel.problems import LocalError, PeerError
from renkei.wire.versions import WELL_KNOWN, Authentication, ProtocolVersion, choose, read_versions, write_versions

ENTRY = {"version": "2025-1", "path": "/dsp/2025-1", "binding": "HTTPS"}


def raw(*entries):
    return json.dumps({"protocolVersions": list(entries)}).encode()


def test_the_official_example_is_read_and_written_as_it_is(shared):
    example = (shared / SPEC / "common/example/protocol-version.json").read_bytes()
    versions = read_versions(example)
    assert [version.version for version in versions] == ["2025-1", "2024-1", "2025-1"]
    assert versions[1].auth == Authentication(
        protocol="OAuth", version="2", profiles=("authorization_code", "refresh_token")
    )
    assert json.loads(write_versions(versions)) == json.loads(example)


def test_what_we_write_validates_and_is_read_again(shared):
    versions = (
        ProtocolVersion(path="/dsp/2025-1"),
        ProtocolVersion(path="/", version="0.8", service_id="s", identifier_type="did:web", auth=Authentication(protocol="DCP", version="1.0")),
    )  # fmt: skip
    written = write_versions(versions)
    official(shared, "common/protocol-version").validate(json.loads(written))
    assert read_versions(written) == versions
    assert b"@context" not in written


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{}", "protocolVersions"),
        (raw(), "protocolVersions"),
        (b'{"protocolVersions":{}}', "protocolVersions"),
        (raw(5), "protocolVersions[0]"),
        (raw(ENTRY, {**ENTRY, "version": 2025}), "protocolVersions[1].version"),
        (raw({"version": "2025-1", "binding": "HTTPS"}), "protocolVersions[0].path"),
        (raw({**ENTRY, "binding": "GRPC"}), "protocolVersions[0].binding"),
        (raw({**ENTRY, "binding": None}), "protocolVersions[0].binding"),
        (raw({**ENTRY, "serviceId": 5}), "protocolVersions[0].serviceId"),
        (raw({**ENTRY, "identifierType": None}), "protocolVersions[0].identifierType"),
        (raw({**ENTRY, "auth": "DCP"}), "protocolVersions[0].auth"),
        (raw({**ENTRY, "auth": {"protocol": "DCP"}}), "protocolVersions[0].auth.version"),
        (raw({**ENTRY, "auth": {"protocol": "DCP", "version": "1.0", "profile": "x"}}), "protocolVersions[0].auth.profile"),
        (raw({**ENTRY, "auth": {"protocol": "DCP", "version": "1.0", "profile": [5]}}), "protocolVersions[0].auth.profile"),
    ],
)  # fmt: skip
def test_what_the_official_schema_refuses_we_refuse(shared, body, path):
    assert not official(shared, "common/protocol-version").is_valid(json.loads(body))
    with pytest.raises(PeerError) as caught:
        read_versions(body)
    assert (caught.value.code, caught.value.values["path"]) == ("wire-version-document", path)


@pytest.mark.parametrize(
    "path",
    ["", "dsp", "@evil.example/", "//evil.example", "/a//b", "/../b", "/a b", "/a?b", "/a#b", "\\\\evil", "/a\n"],
)
def test_a_path_stays_below_its_root(path):
    with pytest.raises(PeerError) as caught:
        read_versions(raw({**ENTRY, "path": path}))
    assert caught.value.code == "wire-version-document"
    with pytest.raises(LocalError) as caught:
        write_versions([ProtocolVersion(path=path)])
    assert caught.value.code == "wire-unsendable"


def test_a_document_without_versions_is_not_written():
    with pytest.raises(LocalError):
        write_versions([])


def test_members_beyond_the_schema_are_left():
    assert read_versions(raw({**ENTRY, "since": 2025})) == (ProtocolVersion(path="/dsp/2025-1"),)


def test_our_best_version_is_chosen_and_without_one_it_ends():
    old, new = ProtocolVersion(version="0.8", path="/"), ProtocolVersion(path="/dsp/2025-1")
    assert choose([old, new]) is new
    assert choose([old, new], ours=("2030-1", "0.8", "2025-1")) is old
    with pytest.raises(PeerError) as caught:
        choose([old])
    assert caught.value.code == "wire-no-common-version"


def test_the_place_is_the_specifications():
    assert WELL_KNOWN == "/.well-known/dspace-version"
