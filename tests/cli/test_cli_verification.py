"""``statement``, ``declaration`` and ``passport``: what is sent, what is said, and the checks that need no daemon."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

sys.path[:0] = [area for area in [str(Path(__file__).resolve().parents[1] / "battery")] if area not in sys.path]

from passport_samples import day, passport  # noqa: E402 - after the path it needs

from renkei.battery.passport.view import Viewer  # noqa: E402
from renkei.cli.figures import figures  # noqa: E402
from renkei.cli.output import Output  # noqa: E402
from renkei.exchange.disclosure.audit import REVEAL  # noqa: E402
from renkei.exchange.verification.checking import VERIFICATION_FILE, verification_file  # noqa: E402
from renkei.testing.member import Keyring  # noqa: E402
from renkei.trust.artefacts import Artefact, sign  # noqa: E402

STATED = {
    "statement": "sha-256:" + "ab" * 32,
    "issuer": "did:web:verifier.example",
    "kind": "footprint-record",
    "subject": "sha-256:" + "cd" * 32,
    "company": "did:web:maker.example",
    "scope": "all stages",
    "standard": "ISO 14064-3:2019",
    "assurance": "limited",
    "conclusion": "unmodified",
    "standing": "holds",
    "valid_from": "2026-11-22T00:00:00Z",
    "valid_until": "2027-11-22T00:00:00Z",
    "withdrawn": None,
    "reason": "",
    "given": [],
    "document": {"findings": [{"severity": "minor", "text": "a meter", "resolved": True}], "evidence": []},
    "created": "2026-11-22T00:00:00Z",
}
ISSUE = ("statement", "issue", "--scope", "all", "--standard", "ISO 14064-3:2019", "--assurance", "limited")
UNTIL = ("--until", "2027-11-22T00:00:00Z")


def test_a_statement_is_issued_with_findings_and_hashed_evidence(run, scripted, tmp_path) -> None:
    scripted.says(201, STATED)
    (tmp_path / "report.pdf").write_bytes(b"abc")
    words = ("--record", "sha-256:1", "--finding", "minor,resolved=a meter", "--evidence", "report.pdf")
    ended = run(*ISSUE, *UNTIL, *words, *scripted.options)
    assert (ended.code, "minor: a meter" in ended.out) == (0, True)
    method, path, _, raw = scripted.asked[-1]
    body = json.loads(raw)
    assert (method, path, body["record"], body["findings"]) == (
        "POST",
        "/v1/statements",
        "sha-256:1",
        [{"severity": "minor", "text": "a meter", "resolved": True}],
    )
    # SHA-256 of "abc", FIPS 180-2 appendix B.1.
    assert body["evidence"] == ["sha-256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--record", "r", "--subject", "company=did:web:x"),
        ("--subject", "planet=earth"),
        ("--record", "r", "--finding", "grave=x"),
        ("--record", "r", "--finding", "minor"),
    ],
)
def test_a_statement_on_nothing_or_on_two_things_is_a_wrong_command_line(run, scripted, words) -> None:
    ended = run(*ISSUE, *UNTIL, *words, "--json", *scripted.options)
    assert ended.json["error"]["code"] == "cli-wrong-command-line"


@pytest.fixture
def file(tmp_path):
    """An exported file of a statement on a company, and when it was made."""
    keys = Keyring.of("verifier")
    plain = {
        "@type": "VerificationStatement",
        "id": "urn:uuid:s",
        "issuer": keys.did,
        "issued": "2026-11-22T00:00:00Z",
        "validFrom": "2026-11-22T00:00:00Z",
        "validUntil": "2027-11-22T00:00:00Z",
        "subject": {"kind": "company", "name": "did:web:maker.example"},
        "scope": "management system",
        "standard": "ISO/IEC 17029:2019",
        "assurance": "reasonable",
        "conclusion": "unmodified",
        "findings": [],
        "evidence": [],
    }
    signed = asyncio.run(sign(plain, Artefact.STATEMENT, keys.assertion_signer))
    made = verification_file(None, [signed], [], {keys.did: keys.document()}, day("2026-11-22"))
    path = tmp_path / "statement.json"
    path.write_text(json.dumps(made))
    return path


def test_a_file_is_checked_without_a_daemon(run, file) -> None:
    ended = run("statement", "check", file, "--at", "2027-01-01T00:00:00Z")
    assert ended.code == 0
    assert [line.split(" ", 2)[1] for line in ended.out.splitlines() if line[:1] == "✓"][:8] == [
        f"{number}." for number in range(1, 9)
    ]
    late = run("statement", "check", file, "--at", "2028-01-01T00:00:00Z", "--json", "--lang", "ja")
    assert late.code == 7
    assert (late.json["outcome"], late.json["steps"][-1]["number"]) == ("refused", 6)
    file.write_text(file.read_text().replace("management system", "everything"))
    assert run("statement", "check", file, "--at", "2027-01-01T00:00:00Z").code == 7


@pytest.mark.parametrize(("kind", "command"), [(REVEAL, "renkei audit"), (VERIFICATION_FILE, "renkei statement check")])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_verify_names_the_command_that_checks_another_kind(run, tmp_path, kind, command, language) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"type": kind}))
    ended = run("verify", path, "--lang", language)
    assert (ended.code, f"`{command} FILE`" in ended.out) == (7, True)
    assert "Do not rely" not in ended.out
    assert "信頼しないで" not in ended.out
    found = run("verify", path, "--json").json
    assert (found["outcome"], found["command"]) == ("refused", command)


def test_a_file_of_statements_is_taken_whole(run, scripted, file) -> None:
    scripted.says(200, STATED)
    assert run("statement", "take", file, *scripted.options).code == 0
    method, path, _, raw = scripted.asked[-1]
    assert (method, path) == ("POST", "/v1/statements/received")
    assert json.loads(raw)["document"]["scope"] == "management system"


def test_a_declaration_is_printed_into_a_file(run, scripted, tmp_path) -> None:
    scripted.says(200, "page")
    ended = run("declaration", "page", "urn:uuid:d", "-o", "d.html", "--lang", "ja", *scripted.options)
    assert (ended.code, ended.out) == (0, "d.html\n")
    assert scripted.asked[-1][1] == "/v1/declarations/urn%3Auuid%3Ad/page?language=ja"
    assert "page" in (tmp_path / "d.html").read_text()


def test_a_passport_is_shown_for_a_role_a_purpose_and_a_day(run, scripted) -> None:
    viewer = Viewer(roles=frozenset({"recycler"}), purposes=frozenset({"recycling"}))
    scripted.says(200, passport().view(viewer, day("2028-06-01")))
    words = ("--role", "recycler", "--purpose", "recycling", "--as-of", "2028-06-01T00:00:00Z")
    ended = run("passport", "show", "urn:battery:sn-1", *words, *scripted.options)
    assert (ended.code, "withheld: 1 points" in ended.out) == (0, True)
    query = "role=recycler&purpose=recycling&as_of=2028-06-01T00%3A00%3A00Z&consented="
    assert scripted.asked[-1][1] == f"/v1/passports/urn%3Abattery%3Asn-1/view?{query}"


def test_a_view_is_checked_without_a_daemon(run, tmp_path) -> None:
    view = passport().view(Viewer(), day("2028-06-01"))
    (tmp_path / "view.json").write_text(json.dumps(view))
    ended = run("passport", "check", "view.json", "--json")
    assert (ended.code, ended.json["withheld"]) == (0, 27)
    view["points"][9]["value"] = "1"
    (tmp_path / "view.json").write_text(json.dumps(view))
    assert run("passport", "check", "view.json", "--json").json["error"]["code"] == "passport-view-broken"


def test_values_are_entered_as_text_or_as_json(run, scripted) -> None:
    sheet = {"category": "ev", "entries": []}
    scripted.says(200, {"passport": "m", "level": "model", "model": "", "sheet": sheet, "created": "x"})
    values = ("weight=412.5", 'idleTemperatureRange={"low": "-20", "high": "60"}', 'hazardousSubstances=["HF"]', "x={")
    assert run("passport", "enter", "m", *values, *scripted.options).code == 0
    assert json.loads(scripted.asked[-1][3])["values"] == {
        "weight": "412.5",
        "idleTemperatureRange": {"low": "-20", "high": "60"},
        "hazardousSubstances": ["HF"],
        "x": "{",
    }


def contribution(name: str, **more: object) -> dict:
    return {"origin": "component", "name": name, "kgCO2e": "1", "percent": "50", **more}


def verified(status: str, *, recognised: bool) -> dict:
    stated = {"assurance": "limited", "issuer": "did:web:verifier.example", "recognised": recognised}
    return {"verification": {"status": status, "statements": [stated]}}


def test_beside_each_figure_stands_who_has_verified_it(run) -> None:
    document = {
        "total": "2",
        "unit": "kgCO2e",
        "declaredUnit": "piece",
        "declaredUnitAmount": "1",
        "stages": {},
        "verifiedShare": "50",
        "verification": {"status": "unverified", "statements": []},
        "contributions": [
            contribution("CELL", **verified("verified", recognised=True)),
            contribution("CASE", **verified("withdrawn", recognised=False)),
            contribution("LID"),
            contribution("FOIL", **verified("unknown-verifier", recognised=False)),
        ],
    }
    lines = "\n".join(figures(document, Output()))
    assert "verification    unverified" in lines
    assert "verified share  50.00 %" in lines
    shown = {line.split()[1]: line.split("%", 1)[1].strip() for line in lines.splitlines() if "component" in line}
    assert shown == {
        "CELL": "verified (limited, did:web:verifier.example)",
        "CASE": "withdrawn (limited, did:web:verifier.example, unknown verifier)",
        "LID": "unverified",
        "FOIL": "stated by an unknown verifier (limited, did:web:verifier.example)",
    }
    japanese = "\n".join(figures(document, Output(language="ja")))
    assert "未検証" in japanese
    assert "撤回済み (limited, did:web:verifier.example, 未登録の検証者)" in japanese
