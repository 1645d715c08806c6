"""The commands about policies: files are read here, contracts and the catalog are asked of the daemon."""

from __future__ import annotations

import json

import pytest

from renkei.cli.exits import Exit


def atom(left, operator, right):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def use(*constraints):
    return {"permission": [{"action": "use"} | ({"constraint": list(constraints)} if constraints else {})]}


LIMITED = use(atom("dateTime", "lteq", "2027-03-31T23:59:59Z"), atom("Membership", "eq", "active"))


@pytest.fixture
def policy(tmp_path):
    def write(document, name="policy.json"):
        (tmp_path / name).write_text(json.dumps(document))
        return name

    return write


def test_a_file_is_explained_without_a_daemon(run, policy) -> None:
    name = policy(LIMITED)
    ended = run("policy", "explain", name, "--date", "2026-12-01", "--json")
    assert ended.code == Exit.OK
    assert (ended.json["outcome"], ended.json["at"]) == ("deny", "2026-12-01T00:00:00Z")
    assert ended.json["fixes"][0]["changes"][0]["by"] == "asker"
    told = run("policy", "explain", name, "--fact", "membership=active", "--date", "2026-12-01T09:00:00+09:00")
    assert told.out.startswith("permitted (negotiation, 2026-12-01 00:00 UTC)\n")
    assert "├─ ✓ " in told.out
    japanese = run("policy", "explain", name, "--fact", "membership=active", "--date", "2026-12-01", "--lang", "ja")
    assert japanese.out.startswith("許可 (negotiation, 2026年12月1日 00:00 UTC)\n")


def test_purposes_are_those_that_the_policy_names_unless_others_are_declared(run, policy) -> None:
    name = policy(use(atom("purpose", "eq", "urn:a")))
    for words, purposes, outcome in (
        ((), ["urn:a"], "permit"),
        (("--purpose", "urn:b", "--purpose", "urn:a"), ["urn:a", "urn:b"], "deny"),
        (("--purpose", ""), [], "deny"),
    ):
        found = run("policy", "explain", name, "--json", "--phase", "access", *words).json
        assert (found["purposes"], found["outcome"], found["phase"]) == (purposes, outcome, "access")


def test_a_contract_or_an_offer_is_asked_of_the_daemon(run, scripted) -> None:
    scripted.says(200, {"text": ["permitted", "", "✓ the policy permits it: true"]})
    words = (
        "--partner",
        "buyer",
        "--purpose",
        "urn:a",
        "--fact",
        "groups=a",
        "--fact",
        "groups=b",
        "--action",
        "display",
    )
    more = ("--date", "2027-01-01", "--phase", "transfer", "--lang", "ja")
    ended = run("policy", "explain", "urn:agreement:1", *words, *more, *scripted.options)
    assert ended.out == "permitted\n\n✓ the policy permits it: true\n"
    method, path, _, body = scripted.asked[0]
    assert (method, path) == ("POST", "/v1/policy/explain")
    assert json.loads(body) == {
        "subject": "urn:agreement:1",
        "partner": "buyer",
        "purposes": ["urn:a"],
        "facts": {"groups": ["a", "b"]},
        "action": "display",
        "at": "2027-01-01T00:00:00+00:00",
        "phase": "transfer",
        "language": "ja",
    }


def test_what_if_shows_what_a_partner_would_see(run, scripted) -> None:
    scripted.says(200, {"items": [{"dataset": "urn:d"}], "next": None, "text": ["did:web:buyer", "✓ urn:d"]})
    assert run("policy", "what-if", "--partner", "buyer", *scripted.options).out == "did:web:buyer\n✓ urn:d\n"
    assert scripted.asked[0][1] == "/v1/policy/what-if"
    assert json.loads(scripted.asked[0][3]) == {"partner": "buyer", "facts": {}, "language": "en"}
    assert run("policy", "what-if", *scripted.options).code == Exit.COMMAND_LINE


def test_two_policies_are_compared(run, policy) -> None:
    wide, narrow = policy(use(), "wide.json"), policy(LIMITED, "narrow.json")
    found = run("policy", "compare", narrow, wide, "--json")
    assert (found.code, found.json["relation"]) == (Exit.OK, "stricter")
    assert found.json["witness"]["outcome"] == "deny"
    assert "narrow.json" in run("policy", "compare", wide, narrow).out
    same = run("policy", "compare", wide, wide, "--json").json
    assert (same["relation"], same["witness"]) == ("equal", None)


def test_a_policy_is_looked_through_before_anybody_is_offered_it(run, policy) -> None:
    good = policy(LIMITED)
    assert run("policy", "lint", good, "--date", "2026-12-01").out == "nothing to say against it\n"
    expired = run("policy", "lint", good, "--date", "2028-01-01", "--json")
    assert (expired.code, [item["code"] for item in expired.json["findings"]]) == (Exit.OK, ["expired"])
    wrong = run("policy", "lint", policy(use(atom("frobnicate", "eq", "x"))))
    assert wrong.code == Exit.CONFIGURATION
    assert "error: " in wrong.out
    assert "[unknown-operand]" in wrong.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("explain", "absent.json"), "cli-file-unreadable"),
        (("explain", "policy.json", "--date", "tomorrow"), "cli-wrong-command-line"),
        (("explain", "policy.json", "--fact", "colour=red"), "policy-unknown-attribute"),
        (("explain", "policy.json", "--fact", "membership"), "cli-wrong-command-line"),
        (("lint", "broken.json"), "policy-empty-array"),
        (("compare", "policy.json"), "cli-wrong-command-line"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_as_such(run, policy, words, code) -> None:
    policy(LIMITED)
    policy({"permission": []}, "broken.json")
    assert run("policy", *words, "--json").json["error"]["code"] == code


@pytest.mark.parametrize("words", [("lint", "foo.json"), ("explain", "foo.json"), ("compare", "foo.json", "foo.json")])
def test_a_broken_policy_in_our_own_file_is_our_fault_and_no_partners(run, policy, words) -> None:
    policy({"permission": [{"action": "use", "foo": "bar"}]}, "foo.json")
    ended = run("policy", *words, "--json")
    assert (ended.json["error"]["code"], ended.json["error"]["fault"]) == ("policy-unknown-term", "configuration")
    assert ended.code == Exit.CONFIGURATION
