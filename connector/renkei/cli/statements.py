"""Commands for verification statements (検証声明書): ``statement issue``, ``take``, ``list``, ``check``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import MARKS, Lines, Output, pairs, step_lines, table
from renkei.cli.problems import WRONG_COMMAND_LINE
from renkei.cli.values import assignment, inner, instant, items, objects, read_bytes, read_object, write_file
from renkei.cli.words import Text

_HEAD: Final = ("STATEMENT", "VERIFIER", "ABOUT", "ASSURANCE", "CONCLUSION", "STANDING", "UNTIL")
_SEVERITIES: Final = ("observation", "minor", "major")
_KINDS: Final = ("company", "calculation-procedure", "engine")
_HOLDS: Final = Text("verified", "検証済み")
_FAILS: Final = Text("not verified", "検証されていません")


def issue(arguments: argparse.Namespace, output: Output) -> Exit:
    """State something as a verifier."""
    if bool(arguments.record) == bool(arguments.subject):
        raise WRONG_COMMAND_LINE(cause="exactly one of --record and --subject", program="renkei statement issue")
    body: dict[str, object] = {
        "scope": arguments.scope,
        "standard": arguments.standard,
        "assurance": arguments.assurance,
        "conclusion": arguments.conclusion,
        "valid_from": arguments.since,
        "valid_until": arguments.until,
        "findings": arguments.finding,
        "evidence": [_hash(one) for one in arguments.evidence],
        "reference": arguments.reference,
    }
    if arguments.record:
        body["record"] = arguments.record
    else:
        kind, name = arguments.subject
        body["subject"] = {"kind": kind, "name": name, "company": arguments.company}
    found = connect(arguments, output).post("statements", body=body)
    output.result(found, _shown(found))
    return Exit.OK


def take(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take a statement or a withdrawal from a file; of an exported file, everything that is in it."""
    read = read_object(arguments.file, like="renkei statement export")
    management = connect(arguments, output)
    listed = [*objects(read, "statements"), *objects(read, "withdrawals")] if "statements" in read else [read]
    taken = [management.post("statements", "received", body={"document": document}) for document in listed]
    output.result({"items": taken}, table(_HEAD, [_row(one) for one in taken]))
    return Exit.OK


def list_statements(arguments: argparse.Namespace, output: Output) -> Exit:
    """List those that we made or were given."""
    found = connect(arguments, output).get("statements", issuer=arguments.issuer, subject=arguments.about)
    output.result(found, table(_HEAD, [_row(one) for one in items(found)]))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one in full."""
    found = connect(arguments, output).get("statements", arguments.statement)
    output.result(found, _shown(found))
    return Exit.OK


def withdraw(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take back one of ours."""
    body = {"reason": arguments.reason}
    found = connect(arguments, output).post("statements", arguments.statement, "withdraw", body=body)
    output.result(found, _shown(found))
    return Exit.OK


def share(arguments: argparse.Namespace, output: Output) -> Exit:
    """Tell a partner of one."""
    body = {"partner": arguments.partner}
    found = connect(arguments, output).post("statements", arguments.statement, "share", body=body)
    output.result(found, _shown(found))
    return Exit.OK


def verification(arguments: argparse.Namespace, output: Output) -> Exit:
    """How a stored record stands."""
    found = connect(arguments, output).get("documents", arguments.record, "verification")
    stated = objects(found, "statements")
    head = ("STATEMENT", "VERIFIER", "KIND", "ASSURANCE", "CONCLUSION", "STANDING", "UNTIL")
    names = ("statement", "issuer", "kind", "assurance", "conclusion", "standing", "validUntil")
    rows = [tuple(one[name] for name in names) for one in stated]
    output.result(found, [str(found["status"]), *(table(head, rows) if rows else ())])
    return Exit.OK


def export(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write one with its record and keys as a file that anybody can check."""
    found = connect(arguments, output).get("export", "statement", arguments.statement)
    text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
    if not arguments.output:
        output.result(found, text.splitlines())
        return Exit.OK
    write_file(arguments.output, text.encode() + b"\n")
    output.result({"file": arguments.output}, [arguments.output])
    return Exit.OK


def check(arguments: argparse.Namespace, output: Output) -> Exit:
    """Check an exported file: step by step, offline."""
    from datetime import UTC, datetime

    from renkei.exchange.verification.checking import check_file
    from renkei.kernel import instants

    read = read_object(arguments.file, like="renkei statement export")
    now = instants.parse(arguments.at) if arguments.at else datetime.now(UTC)
    verdict = check_file(read, now)
    said = verdict.as_json(output.language)
    closing = [f"{MARKS[verdict.ok]} {output.say(_HOLDS if verdict.ok else _FAILS)}"]
    output.result(said, [*step_lines(said), *closing, *([str(said["statement"])] if verdict.ok else ())])
    return Exit.OK if verdict.ok else Exit.VERIFICATION


def _row(found: Mapping[str, object]) -> tuple[object, ...]:
    about = f"{found['kind']} {found['subject']}"
    return (
        found["statement"],
        found["issuer"],
        about,
        found["assurance"],
        found["conclusion"],
        found["standing"],
        found["valid_until"],
    )


def _shown(found: Mapping[str, object]) -> Lines:
    row = dict(zip((name.lower() for name in _HEAD), _row(found), strict=True))
    document = inner(found, "document")
    findings = [f"{one['severity']}: {one['text']}" for one in objects(document, "findings")]
    more = {name: found[name] for name in ("company", "scope", "standard", "withdrawn", "reason", "given")}
    yield from pairs({**row, **more, "findings": findings, "evidence": document.get("evidence")})


def _hash(named: str) -> str:
    """A hash as it is, or that of a file."""
    from renkei.kernel import jcs

    if named.startswith("sha-256:"):
        return named
    return jcs.digest(read_bytes(named))


def _finding(text: str) -> dict[str, object]:
    """``minor=text``, or ``minor,resolved=text``."""
    head, said = assignment(text)
    severity, _, resolved = head.partition(",")
    if severity not in _SEVERITIES or resolved not in {"", "resolved"} or not said:
        raise argparse.ArgumentTypeError(f"{text!r} is not a finding such as minor=TEXT or major,resolved=TEXT")
    return {"severity": severity, "text": said, "resolved": bool(resolved)}


def _subject(text: str) -> tuple[str, str]:
    """``company=did:web:…``."""
    kind, name = assignment(text)
    if kind not in _KINDS or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not a subject such as company=did:web:maker.example")
    return kind, name


_STATEMENT: Final = Argument(
    ("statement",), Text("its id (a hash)", "検証声明書のID(ハッシュ)"), {"metavar": "STATEMENT"}
)
_FILE: Final = Argument(("file",), Text("the file", "ファイル"), {"metavar": "FILE"})
_ISSUING: Final = (
    Argument(
        ("--record",),
        Text("about this stored record (its id)", "対象の記録(ID)"),
        {"default": "", "metavar": "RECORD"},
    ),
    Argument(
        ("--subject",),
        Text(
            "or about company=DID, calculation-procedure=RULES, engine=VERSION",
            "または company=DID、calculation-procedure=ルールセット、engine=バージョン",
        ),
        {"type": _subject, "metavar": "KIND=NAME"},
    ),
    Argument(
        ("--company",), Text("whose rules or engine", "ルールやエンジンの所有企業"), {"default": "", "metavar": "DID"}
    ),
    Argument(("--scope",), Text("what was looked at", "検証の範囲"), {"required": True, "metavar": "TEXT"}),
    Argument(
        ("--standard",),
        Text("by which standard, such as ISO 14064-3:2019", "準拠規格(例 ISO 14064-3:2019)"),
        {"required": True, "metavar": "TEXT"},
    ),
    Argument(
        ("--assurance",),
        Text("how surely", "保証水準"),
        {"required": True, "choices": ("limited", "reasonable")},
    ),
    Argument(
        ("--conclusion",),
        Text("with which conclusion", "結論"),
        {"default": "unmodified", "choices": ("unmodified", "modified", "adverse", "disclaimed")},
    ),
    Argument(
        ("--since",), Text("from when (default: now)", "開始日時(既定は現在)"), {"type": instant, "metavar": "INSTANT"}
    ),
    Argument(
        ("--until",),
        Text("until when, such as 2027-11-22T00:00:00Z", "期限(例 2027-11-22T00:00:00Z)"),
        {"required": True, "type": instant, "metavar": "INSTANT"},
    ),
    Argument(
        ("--finding",),
        Text("a finding, again for each: minor=TEXT, major,resolved=TEXT", "所見(複数可): minor=TEXT など"),
        {"action": "append", "default": [], "type": _finding, "metavar": "SEVERITY=TEXT"},
    ),
    Argument(
        ("--evidence",),
        Text("a file that was looked at, or its hash, again for each", "確認した証拠のファイルまたはハッシュ(複数可)"),
        {"action": "append", "default": [], "metavar": "FILE"},
    ),
    Argument(("--reference",), Text("where the report is", "報告書の所在"), {"default": "", "metavar": "URL"}),
)

COMMANDS: Final = (
    Command(
        name="statement",
        summary=Text(
            "issue, take, check and withdraw verification statements", "第三者検証声明書を発行・受領・検査・撤回する"
        ),
        parts=(
            Command(
                name="issue",
                summary=Text("state something as a verifier", "検証声明書を発行する"),
                run=issue,
                arguments=_ISSUING,
            ),
            Command(
                name="take",
                summary=Text("take a statement or withdrawal from a file", "ファイルから検証声明書・撤回を取り込む"),
                run=take,
                arguments=(_FILE,),
            ),
            Command(
                name="list",
                summary=Text("list statements", "検証声明書の一覧"),
                run=list_statements,
                arguments=(
                    Argument(("--issuer",), Text("of this verifier", "検証者"), {"metavar": "PARTNER"}),
                    Argument(
                        ("--about",),
                        Text("about this record, company, rule set or engine", "対象の記録・企業・ルール・エンジン"),
                        {"metavar": "SUBJECT"},
                    ),
                ),
            ),
            Command(name="show", summary=Text("show one in full", "詳細を表示する"), run=show, arguments=(_STATEMENT,)),
            Command(
                name="record",
                summary=Text("say how a stored record was verified", "保存済み記録の検証状態を表示する"),
                run=verification,
                arguments=(Argument(("record",), Text("its id", "記録のID"), {"metavar": "RECORD"}),),
            ),
            Command(
                name="withdraw",
                summary=Text("take one of ours back", "自社の検証声明書を撤回する"),
                run=withdraw,
                arguments=(
                    _STATEMENT,
                    Argument(
                        ("--reason",),
                        Text("what those who have it are told", "受領者に伝える理由"),
                        {"required": True, "metavar": "TEXT"},
                    ),
                ),
            ),
            Command(
                name="share",
                summary=Text("tell a partner of one", "取引先に通知する"),
                run=share,
                arguments=(
                    _STATEMENT,
                    Argument(("partner",), Text("whom", "相手"), {"metavar": "PARTNER"}),
                ),
            ),
            Command(
                name="export",
                summary=Text("write one with its record and keys", "記録と鍵を添えて書き出す"),
                run=export,
                arguments=(
                    _STATEMENT,
                    Argument(("-o", "--output"), Text("write it to a file", "ファイルに書き出す"), {"metavar": "FILE"}),
                ),
            ),
            Command(
                name="check",
                summary=Text("check an exported file offline", "書き出したファイルをオフラインで検査する"),
                run=check,
                daemon=False,
                arguments=(
                    _FILE,
                    Argument(
                        ("--at",),
                        Text("as of this moment (default: now)", "検査する時点(既定は現在)"),
                        {"type": instant, "metavar": "INSTANT"},
                    ),
                ),
            ),
        ),
    ),
)
