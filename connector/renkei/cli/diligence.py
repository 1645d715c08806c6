"""Commands for due diligence: ``diligence matrix``, ``report``, ``alert``, ``questionnaire``, ``export`` and others."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Mapping
from typing import Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.values import assignment, inner, items, objects, partner_of, read_bytes, read_object, write_file
from renkei.cli.words import Text

_CODES: Final = "battery/due-diligence/eu-2023-1542.json"
_HEAD: Final = ("ALERT", "KIND", "MINERAL", "RISKS", "PART", "FROM", "ORIGIN", "STANDS", "TOLD")
_STATUSES: Final = {"met": "+", "unknown": "?", "not-met": "!", "absent": "."}


def matrix(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show each mineral, risk and step of a part."""
    shown = connect(arguments, output).get("parts", arguments.part, "due-diligence", "matrix", view=arguments.view)
    lines: list[str] = []
    for mineral in objects(shown, "minerals"):
        rows = objects(mineral, "rows")
        steps = list(inner(rows[0], "steps")) if rows else []
        cells = [
            (row["risk"], *(_STATUSES[str(inner(inner(row, "steps"), step)["status"])] for step in steps))
            for row in rows
        ]
        lines += table((str(mineral["mineral"]).upper(), *steps), cells)
    counts = " ".join(f"{name} ({_STATUSES[name]}): {count}" for name, count in inner(shown, "counts").items())
    output.result(shown, [*lines, counts])
    return Exit.OK


def report(arguments: argparse.Namespace, output: Output) -> Exit:
    """Make the yearly report, as JSON or as a page fit for print."""
    daemon = connect(arguments, output)
    if arguments.page:
        language = output.language
        page = daemon.text("parts", arguments.part, "due-diligence", "report", "page", language=language)
        write_file(arguments.page, page.encode())
        output.result({"file": arguments.page}, [arguments.page])
        return Exit.OK
    made = daemon.get("parts", arguments.part, "due-diligence", "report")
    output.result(made, json.dumps(made, ensure_ascii=False, indent=2).splitlines())
    return Exit.OK


def list_alerts(arguments: argparse.Namespace, output: Output) -> Exit:
    """List alerts."""
    found = connect(arguments, output).get("alerts")
    output.result(found, table(_HEAD, [_row(one) for one in items(found)]))
    return Exit.OK


def _row(one: Mapping[str, object]) -> tuple[object, ...]:
    content = inner(one, "content")
    risks = ", ".join(map(str, cast("list[object]", content.get("risks", []))))
    return (
        one["alert"],
        content["kind"],
        content["mineral"],
        risks,
        one["part"],
        partner_of(one),
        one["origin"],
        one["stands"],
        one["told"],
    )


def raise_alert(arguments: argparse.Namespace, output: Output) -> Exit:
    """Raise an alert about a part of ours."""
    body: dict[str, object] = {"part": arguments.part, "mineral": arguments.mineral, "kind": arguments.kind}
    body["risks"] = arguments.risk
    for name in ("step", "summary"):
        if getattr(arguments, name):
            body[name] = getattr(arguments, name)
    raised = connect(arguments, output).post("alerts", body=body)
    output.result(raised, table(_HEAD, [_row(raised)]))
    return Exit.OK


def clear_alert(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take back an alert that we raised."""
    cleared = connect(arguments, output).post("alerts", arguments.alert, "clear")
    output.result(cleared, table(_HEAD, [_row(one) for one in items(cleared)]))
    return Exit.OK


_ASKED: Final = ("QUESTIONNAIRE", "DIRECTION", "PARTNER", "PART", "ANSWERED")


def _asked(one: Mapping[str, object]) -> tuple[object, ...]:
    answers = inner(one, "answers")
    told = f"{answers['answered']}/{answers['asked']}" if answers else "-"
    return (one["questionnaire"], one["direction"], partner_of(one), one["part"], told)


def ask(arguments: argparse.Namespace, output: Output) -> Exit:
    """Put a questionnaire to a supplier."""
    body = {"partner": arguments.partner, "part": arguments.part, "questionnaire": read_object(arguments.file)}
    asked = connect(arguments, output).post("questionnaires", body=body)
    output.result(asked, table(_ASKED, [_asked(asked)]))
    return Exit.OK


def list_questionnaires(arguments: argparse.Namespace, output: Output) -> Exit:
    """List questionnaires with how many have answered."""
    found = connect(arguments, output).get("questionnaires")
    output.result(found, table(_ASKED, [_asked(one) for one in items(found)]))
    return Exit.OK


def say(arguments: argparse.Namespace, output: Output) -> Exit:
    """Answer by hand what we are asked."""
    body = {"by_hand": dict(arguments.answer)}
    said = connect(arguments, output).post("questionnaires", arguments.questionnaire, "answers", body=body)
    output.result(said, table(_ASKED, [_asked(said)]))
    return Exit.OK


def questionnaire(arguments: argparse.Namespace, output: Output) -> Exit:
    """Answer a customer's questionnaire for us and all behind us."""
    below = []
    for path, mass in arguments.below:
        answers = None if path == "none" else read_object(path)
        below.append({"answers": answers, **({"mass": mass} if mass else {})})
    body = {"questionnaire": read_object(arguments.file), "by_hand": dict(arguments.answer), "below": below}
    answered = connect(arguments, output).post("parts", arguments.part, "due-diligence", "answers", body=body)
    rows = [(one["question"], one["status"], one.get("covered", "")) for one in objects(answered, "answers")]
    told = f"{answered['answered']}/{answered['asked']}"
    output.result(answered, [*table(("QUESTION", "STATUS", "COVERED"), rows), told])
    return Exit.OK


def export(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write the reporting workbook."""
    found = connect(arguments, output).get("parts", arguments.part, "due-diligence", "workbook")
    write_file(arguments.file, base64.b64decode(str(found["file"])))
    shown = {"file": arguments.file, "losses": found["losses"]}
    output.result(shown, [arguments.file, *_losses(found, output)])
    return Exit.OK


def take(arguments: argparse.Namespace, output: Output) -> Exit:
    """Read a filled-in reporting workbook into a part's statement."""
    content = read_bytes(arguments.file)
    body = {"file": base64.b64encode(content).decode(), "keep": not arguments.dry_run}
    taken = connect(arguments, output).post("parts", arguments.part, "due-diligence", "workbook", body=body)
    rows = [
        tuple(one[name] or "-" for name in ("mineral", "step", "before", "workbook", "after"))
        for one in objects(taken, "comparison")
    ]
    head = ("MINERAL", "STEP", "BEFORE", "WORKBOOK", "AFTER")
    lines = [*table(head, rows), *pairs({"absent": taken["absent"], "kept": taken["kept"]})]
    output.result(taken, [*lines, *_losses(taken, output)])
    return Exit.OK


def _losses(found: Mapping[str, object], output: Output) -> list[str]:
    return [f"{loss['at']}: {inner(loss, 'why')[output.language]}" for loss in objects(found, "losses")]


def openings(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show what reveals our facilities to a verifier."""
    found = connect(arguments, output).get("parts", arguments.part, "due-diligence", "openings")
    output.result(found, json.dumps(found, ensure_ascii=False, indent=2).splitlines())
    return Exit.OK


def check(arguments: argparse.Namespace, output: Output) -> Exit:
    """Hold an opening against a due-diligence record, offline."""
    from renkei.battery.diligence.codes import DiligenceCodes
    from renkei.battery.diligence.facilities import demand_opening
    from renkei.battery.diligence.record import DueDiligenceRecord
    from renkei.resources import Kind, resource_json
    from renkei.trust.artefacts import unsigned

    codes = DiligenceCodes.from_json(resource_json(Kind.VOCAB, _CODES))
    record = DueDiligenceRecord.from_json(unsigned(read_object(arguments.record)), codes)
    digests = [(entry.mineral, digest) for entry in record.minerals for digest in entry.facilities]
    mineral, facility = demand_opening(read_object(arguments.opening), digests, codes)
    shown = {"record": record.id, "mineral": mineral, "digest": facility.digest, "facility": facility.to_json()}
    output.result(shown, pairs({**shown, "facility": facility.name}))
    return Exit.OK


def _below(text: str) -> tuple[str, str]:
    path, _, mass = text.rpartition("=")
    return (path, mass) if path else (text, "")


_PART: Final = Argument(("part",), Text("the part's id", "部品ID"), {"metavar": "PART"})
_FILE: Final = Argument(("file",), Text("the workbook (.xlsx)", "ブック(.xlsx)"), {"metavar": "FILE"})
_ALERT: Final = Command(
    name="alert",
    summary=Text("alerts that travel downstream", "下流へ伝わるアラート"),
    parts=(
        Command(
            name="raise",
            summary=Text(
                "raise one; all who have the part's due diligence are told, without names",
                "アラートを発する(その部品のデューディリジェンスを受け取った全取引先へ、名前を伏せて通知)",
            ),
            run=raise_alert,
            arguments=(
                _PART,
                Argument(
                    ("mineral",),
                    Text("the mineral's code, such as cobalt", "鉱物コード(例: cobalt)"),
                    {"metavar": "MINERAL"},
                ),
                Argument(
                    ("--risk",),
                    Text("code of a risk, again for each", "リスクコード(複数可)"),
                    {"action": "append", "default": [], "metavar": "CODE"},
                ),
                Argument(("--step",), Text("the OECD step", "OECDのステップ"), {"choices": ("1", "2", "3", "4", "5")}),
                Argument(
                    ("--kind",),
                    Text("what it is (default: red-flag)", "種類(既定は red-flag)"),
                    {"choices": ("red-flag", "complaint"), "default": "red-flag"},
                ),
                Argument(
                    ("--summary",),
                    Text("words for everyone downstream: name nobody", "下流の全社に伝わる説明(固有名を書かないこと)"),
                    {"metavar": "TEXT"},
                ),
            ),
        ),
        Command(
            name="clear",
            summary=Text("take back one that we raised", "自社が発したアラートを解除する"),
            run=clear_alert,
            arguments=(Argument(("alert",), Text("the alert's id", "アラートID"), {"metavar": "ALERT"}),),
        ),
        Command(name="list", summary=Text("list alerts", "アラートを一覧する"), run=list_alerts),
    ),
)
_ANSWER: Final = Argument(
    ("--answer",),
    Text("an answer by hand, question=met, again for each", "手動の回答 question=met(複数可)"),
    {"action": "append", "default": [], "type": assignment, "metavar": "QUESTION=STATUS"},
)
_QUESTIONS: Final = Argument(("file",), Text("the questionnaire, JSON", "質問票(JSON)"), {"metavar": "FILE"})
_QUESTIONNAIRE: Final = Command(
    name="questionnaire",
    summary=Text("questionnaires that are handed down and answered upward", "上流へ渡し、まとめて回答する質問票"),
    parts=(
        Command(
            name="ask",
            summary=Text("put one to a supplier, who hands it down", "供給者に質問票を送る(さらに上流へ渡される)"),
            run=ask,
            arguments=(
                Argument(("partner",), Text("the supplier", "供給者"), {"metavar": "PARTNER"}),
                Argument(("part",), Text("the component, by its number", "部品(相手の番号)"), {"metavar": "PART"}),
                _QUESTIONS,
            ),
        ),
        Command(
            name="list",
            summary=Text("those that came and were sent, with how many have answered", "質問票と回答状況を一覧する"),
            run=list_questionnaires,
        ),
        Command(
            name="say",
            summary=Text("answer by hand what we are asked", "届いた質問票に手動で回答する"),
            run=say,
            arguments=(
                Argument(("questionnaire",), Text("its id", "質問票ID"), {"metavar": "QUESTIONNAIRE"}),
                _ANSWER,
            ),
        ),
        Command(
            name="count",
            summary=Text(
                "answer one that came as a file, for us and all behind us",
                "ファイルで届いた質問票に、自社と上流の分をまとめて回答する",
            ),
            run=questionnaire,
            arguments=(
                _PART,
                _QUESTIONS,
                _ANSWER,
                Argument(
                    ("--below",),
                    Text(
                        "a supplier's answers and its mass, again for each; none=MASS where there is no answer",
                        "供給者の回答ファイルと質量(複数可)。未回答は none=質量",
                    ),
                    {"action": "append", "default": [], "type": _below, "metavar": "FILE=MASS"},
                ),
            ),
        ),
    ),
)
COMMANDS: Final = (
    Command(
        name="diligence",
        summary=Text("due diligence on minerals: what is known, told and asked", "鉱物のデューディリジェンス"),
        parts=(
            Command(
                name="matrix",
                summary=Text("each mineral, risk and step of a part", "部品の鉱物×リスク×ステップ一覧"),
                run=matrix,
                arguments=(
                    _PART,
                    Argument(
                        ("--view",),
                        Text("nine risks (default) or the codes of the law", "9リスク(既定)または法令のコード"),
                        {"choices": ("founding-nine", "annex-x"), "default": "founding-nine"},
                    ),
                ),
            ),
            Command(
                name="report",
                summary=Text("make the yearly report", "年次報告書を作成する"),
                run=report,
                arguments=(
                    _PART,
                    Argument(
                        ("--page",),
                        Text("write it as a page fit for print", "印刷用ページとして書き出す"),
                        {"metavar": "FILE"},
                    ),
                ),
            ),
            _ALERT,
            _QUESTIONNAIRE,
            Command(
                name="export",
                summary=Text("write the reporting workbook for a customer", "顧客向けの報告ブックを書き出す"),
                run=export,
                arguments=(_PART, _FILE),
            ),
            Command(
                name="import",
                summary=Text("read a filled-in workbook into a part's statement", "記入済みの報告ブックを取り込む"),
                run=take,
                arguments=(
                    _PART,
                    _FILE,
                    Argument(("--dry-run",), Text("only look", "確認のみ"), {"action": "store_true"}),
                ),
            ),
            Command(
                name="openings",
                summary=Text("what reveals our facilities to a verifier", "検証者に施設を開示するための情報"),
                run=openings,
                arguments=(_PART,),
            ),
            Command(
                name="check",
                summary=Text("hold an opening against a record, offline", "開示情報を記録と照合する(オフライン)"),
                run=check,
                daemon=False,
                arguments=(
                    Argument(("record",), Text("the record, JSON", "記録(JSON)"), {"metavar": "RECORD"}),
                    Argument(("opening",), Text("one opening, JSON", "開示情報(JSON)"), {"metavar": "OPENING"}),
                ),
            ),
        ),
    ),
)
