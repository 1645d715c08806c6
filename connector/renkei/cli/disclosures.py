"""Commands for disclosure (開示): ``disclosure preview``, ``log``, ``leaves``, ``reveal``, and ``audit`` offline."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, step_lines, table
from renkei.cli.values import inner, items, partner_of, read_bytes, write_file
from renkei.cli.words import Text

_WHAT: Final = {
    "supplier-names": Text("names of suppliers", "供給者の名称"),
    "gap-names": Text("names of those that have not answered", "未回答の供給者の名称"),
    "own-figures": Text("our own measurements", "自社の測定値"),
    "bill-of-materials": Text("lines of the bill of materials", "部品表の行"),
    "supplier-records": Text("suppliers' records", "供給者の記録"),
    "contributions": Text("contributions to the total", "合計の内訳"),
    "own-split": Text("stages split into own and supplied", "段階ごとの自社分・調達分の区分"),
    "personal-factors": Text("factors licensed to us alone", "自社限定ライセンスの排出係数"),
    "fine-ratings": Text("ratings, told in coarse steps only", "評価値(粗い刻みでのみ開示)"),
}
_FINDING: Final = Text(
    "can be worked out: {figure} of {component} from {company} = {value} (by {way}; instead: {advice})",
    "推定可能: {company} の {component} の{figure} = {value}(方法: {way}、対策: {advice})",
)
_NOTHING_FOUND: Final = Text(
    "nothing about a single supplier can be worked out", "個々の供給者について推定できることはありません"
)
_BREADTH: Final = Text(
    "! told beside it: {below_open} of {below_total} requests to suppliers are open, so how many there are",
    "! 併せて開示: 供給者への依頼{below_total}件中{below_open}件が未回答(供給者の数が分かる)",
)
_STAYS: Final = Text("stays: {count} {what}", "非開示: {what} {count}件")
_OUTCOMES: Final = {
    "proved": Text("proved: the total is made of exactly these inputs", "証明済み: 合計はこれらの入力だけから成る"),
    "partial": Text(
        "partial: these inputs belong to the record; the total is not proved",
        "一部: 開示分は記録に属するが合計は未証明",
    ),
    "refused": Text("refused", "不合格"),
}


def preview(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show what would leave, before it does."""
    daemon = connect(arguments, output)
    if arguments.to is None:
        found = daemon.get("disclosures", "preview", request=arguments.subject)
    else:
        found = daemon.get("disclosures", "preview", part=arguments.subject, to=arguments.to, kind=arguments.kind)
    output.result(found, [line for one in items(found) for line in _previewed(one, output)])
    return Exit.OK


def _previewed(one: Mapping[str, object], output: Output) -> Lines:
    yield f"{one['kind']} · {one['part']} → {partner_of(one)}"
    head = ("FIELD", "VALUE", "PURPOSE")
    yield from table(head, [(row["path"], row["value"], _short(row["purposes"])) for row in _rows(one, "shown")])
    for row in _rows(one, "withheld"):
        what = output.say(_WHAT[str(row["what"])]) if row["what"] in _WHAT else str(row["what"])
        yield output.say(_STAYS).format(count=row["count"], what=what)
    if one.get("below_total"):
        yield output.say(_BREADTH).format_map(one)
    for name in ("held", "unjudged"):
        problem = one.get(name)
        if isinstance(problem, Mapping):
            yield f"✗ {problem['message']} [{problem['code']}]"
    findings = _rows(one, "findings")
    for found in findings:
        advice = found["advice"]
        said = {**found, "advice": ", ".join(map(str, advice)) if isinstance(advice, list) else advice}
        yield f"! {output.say(_FINDING).format_map(said)}"
    if not findings and not one.get("unjudged"):
        yield f"✓ {output.say(_NOTHING_FOUND)}"


def _rows(one: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = one[name]
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _short(purposes: object) -> list[str]:
    return [str(purpose).rpartition("/")[2] for purpose in purposes] if isinstance(purposes, list) else []


def log(arguments: argparse.Namespace, output: Output) -> Exit:
    """List who was shown what, and when it was fetched."""
    found = connect(arguments, output).get("disclosures", partner=arguments.partner, part=arguments.part)
    head = ("AT", "PARTNER", "PART", "WAY", "RECORD", "FIELDS", "SEEN")
    rows = []
    for line in items(found):
        fields, seen = line["fields"], line["seen"]
        count = len(fields) if isinstance(fields, list) else 0
        last = seen[-1] if isinstance(seen, list) and seen else ""
        rows.append((line["at"], partner_of(line), line["part"], line["way"], line["record"], count, last))
    output.result(found, table(head, rows))
    return Exit.OK


def tree(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show what is behind a part as far as each company consents, or tell a customer its shape."""
    daemon = connect(arguments, output)
    if arguments.to is not None:
        told = daemon.post("disclosures", "tree", arguments.part, body={"to": arguments.to})
        output.result(told, [str(told["record"])])
        return Exit.OK
    found = daemon.get("disclosures", "tree", arguments.part)
    names = inner(daemon.get("about"), "partners") if not output.as_json else {}
    rows = [
        (
            "  " * (int(str(cell["tier"])) - 1) + str(names.get(str(cell["company"]), cell["company"])),
            cell["part"],
            cell["value"],
        )
        for cell in items(found)
    ]
    output.result(found, table(("COMPANY", "PART", "KG CO2E"), rows))
    return Exit.OK


def name(arguments: argparse.Namespace, output: Output) -> Exit:
    """Name ourselves to a collector."""
    body = {"customer": arguments.customer, "to": arguments.to, "until": arguments.until}
    told = connect(arguments, output).post("disclosures", "tree", arguments.part, "name", body=body)
    output.result(told, [str(told["record"])])
    return Exit.OK


def leaves(arguments: argparse.Namespace, output: Output) -> Exit:
    """List by which names the inputs of a record can be revealed."""
    found = connect(arguments, output).get("disclosures", "leaves", arguments.record)
    names = found["leaves"]
    output.result(found, [repr(str(name)) for name in names] if isinstance(names, list) else [])
    return Exit.OK


def reveal(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write a file with which an auditor can check a record's inputs."""
    body = {"record": arguments.record, "to": arguments.to or ""}
    if arguments.leaf:
        body["leaves"] = arguments.leaf
    found = connect(arguments, output).post("disclosures", "reveal", body=body)
    write_file(arguments.out, json.dumps(inner(found, "file"), ensure_ascii=False, indent=1).encode() + b"\n")
    hands_on = found["hands_on"]
    lines = [arguments.out]
    if isinstance(hands_on, list) and hands_on:
        warning = Text(
            "It hands on records of {companies}: your agreements with them must allow it.",
            "{companies} の記録が含まれます。各社との契約で再提供が認められている必要があります。",
        )
        lines.append(output.say(warning).format(companies=", ".join(map(str, hands_on))))
    output.result({"file": arguments.out, "hands_on": hands_on}, lines)
    return Exit.OK


def audit(arguments: argparse.Namespace, output: Output) -> Exit:
    """Check revealed inputs of a record: step by step, offline."""
    from renkei.exchange.disclosure.audit import Finding
    from renkei.exchange.disclosure.audit import audit as check
    from renkei.kernel import strict_json
    from renkei.kernel.problems import RenkeiError

    raw = read_bytes(arguments.file)
    try:
        decoded = strict_json.loads(raw, strict_json.DOCUMENT)
    except RenkeiError:
        decoded = None
    found = check(decoded)
    said = found.as_json(output.language)
    output.result(said, [*step_lines(said), output.say(_OUTCOMES[found.finding.value])])
    return Exit.VERIFICATION if found.finding is Finding.REFUSED else Exit.OK


_RECORD: Final = Argument(
    ("record",), Text("id of a footprint record of ours", "自社のフットプリント記録のID"), {"metavar": "RECORD"}
)
_PART: Final = Argument(("part",), Text("the part's id", "部品ID"), {"metavar": "PART"})
_PARTNER: Final = Argument(
    ("--partner",),
    Text("only to this one: an id or configured name", "この相手のみ(IDまたは設定名)"),
    {"metavar": "PARTNER"},
)

COMMANDS: Final = (
    Command(
        name="disclosure",
        summary=Text("what leaves our company, and who saw what", "開示内容の事前確認と開示履歴"),
        parts=(
            Command(
                name="preview",
                summary=Text(
                    "every field that would leave and why, what stays, and what could be worked out from it",
                    "開示される全項目とその理由、非開示の項目、推定されうる内容を表示する",
                ),
                run=preview,
                arguments=(
                    Argument(
                        ("subject",),
                        Text("id of a request to us or, with --to, of a part", "受信した依頼のID(--to 指定時は部品ID)"),
                        {"metavar": "REQUEST|PART"},
                    ),
                    Argument(
                        ("--to",),
                        Text("to whom: an id or configured name", "相手(IDまたは設定名)"),
                        {"metavar": "PARTNER"},
                    ),
                    Argument(
                        ("--kind",),
                        Text("of a part: which record", "部品の場合: 記録の種類"),
                        {"choices": ("footprint", "due-diligence"), "default": "footprint"},
                    ),
                ),
            ),
            Command(
                name="log",
                summary=Text("who was shown what, and when it was fetched", "誰に何をいつ開示したかを一覧する"),
                run=log,
                arguments=(
                    _PARTNER,
                    Argument(("--part",), Text("only of this part", "この部品のみ"), {"metavar": "PART"}),
                ),
            ),
            Command(
                name="tree",
                summary=Text(
                    "what is behind a part as far as each company consents; with --to, tell a customer its shape",
                    "部品の背後にある企業を各社の同意の範囲で表示する(--to 指定時は構造だけを顧客に伝える)",
                ),
                run=tree,
                arguments=(
                    _PART,
                    Argument(
                        ("--to",),
                        Text("tell this customer: an id or configured name", "伝える顧客(IDまたは設定名)"),
                        {"metavar": "PARTNER"},
                    ),
                ),
            ),
            Command(
                name="name",
                summary=Text(
                    "say to a collector that it is we who stand at a node", "収集者に、ノードが自社であることを名乗る"
                ),
                run=name,
                arguments=(
                    _PART,
                    Argument(
                        ("--customer",),
                        Text("who was told the part's tree", "この部品のツリーを伝えた顧客"),
                        {"metavar": "PARTNER", "required": True},
                    ),
                    Argument(("--to",), Text("the collector", "収集者"), {"metavar": "PARTNER", "required": True}),
                    Argument(
                        ("--until",),
                        Text("until when, such as 2027-11-22T00:00:00Z", "期限(例: 2027-11-22T00:00:00Z)"),
                        {"metavar": "INSTANT", "required": True},
                    ),
                ),
            ),
            Command(
                name="leaves",
                summary=Text("the names of a record's inputs", "記録の算定入力の名前を一覧する"),
                run=leaves,
                arguments=(_RECORD,),
            ),
            Command(
                name="reveal",
                summary=Text("open inputs of a record for an auditor", "監査人に記録の算定入力を開示する"),
                run=reveal,
                arguments=(
                    _RECORD,
                    Argument(
                        ("--leaf",),
                        Text("one input by name, again for each (default: all)", "入力の名前(複数可、既定は全部)"),
                        {"action": "append", "default": [], "metavar": "NAME"},
                    ),
                    Argument(("--to",), Text("who gets it, for the log", "開示先(履歴用)"), {"metavar": "PARTNER"}),
                    Argument(
                        ("--out",), Text("the file to write", "書き出すファイル"), {"metavar": "FILE", "required": True}
                    ),
                ),
            ),
        ),
    ),
    Command(
        name="audit",
        summary=Text("check revealed inputs of a record offline", "開示された算定入力をオフラインで監査する"),
        run=audit,
        daemon=False,
        arguments=(Argument(("file",), Text("the file", "ファイル"), {"metavar": "FILE"}),),
    ),
)
