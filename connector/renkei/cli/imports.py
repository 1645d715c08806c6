"""The command ``import``: forms, tables and a company's own files become parts, or a supplier's answer by hand.

The file is read here, and only what it tells goes to the daemon. Either every row is taken or nothing is stored;
``--dry-run`` shows what would be.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, table
from renkei.cli.values import day
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.cli.filed import FiledFile

_MARKS: Final[Mapping[bool, Text]] = {
    True: Text("refused", "拒否"),
    False: Text("to be checked", "要確認"),
}
_TAKEN: Final = Text(
    "{accepted} rows accepted, {refused} refused; {parts} parts {done}",
    "受理 {accepted}行、拒否 {refused}行、部品 {parts}件 {done}",
)
_DONE: Final[Mapping[str, Text]] = {
    "dry": Text("would be registered (dry run: nothing is stored)", "登録対象(試行:何も保存していません)"),
    "refused": Text(
        "not registered: nothing is stored until every row is right", "未登録:全行が正しくなるまで保存しません"
    ),
    "done": Text("registered", "を登録しました"),
    "answer": Text("taken as the answer of {partner}, unsigned by it", "を{partner}の回答(署名なし)として受理しました"),
}


def import_file(arguments: argparse.Namespace, output: Output) -> Exit:
    """Read a file, show what is wrong with it, and register what it tells."""
    from renkei.cli.filed import read_filed

    filed = read_filed(arguments)
    filing = filed.filing
    shown: dict[str, object] = {
        "accepted": filing.accepted,
        "refused": filing.refused,
        "findings": [
            {**finding.error.as_json(output.language), "refused": finding.refused, "at": finding.error.values.get("at")}
            for finding in filing.findings
        ],
        "parts": [part.id for part in filing.parts],
        "stored": False,
    }
    sound = filing.whole and not any(finding.refused for finding in filing.findings)
    told_by = arguments.told_by or ""
    if sound and (told_by or filed.slip.request):
        shown |= _answer(arguments, output, filed)
    elif sound or arguments.dry_run:
        shown |= _register(arguments, output, filed)
    output.result(shown, _report(shown, filed, output, dry=arguments.dry_run, partner=told_by))
    return Exit.OK if sound else Exit.CONFIGURATION


def _register(arguments: argparse.Namespace, output: Output, filed: FiledFile) -> dict[str, object]:
    if not filed.filing.parts:
        return {}
    parts = {part.id: part.to_json() for part in filed.filing.parts}
    answer = connect(arguments, output).post(
        "imports", body={"parts": parts, "manual": arguments.manual, "dry_run": arguments.dry_run}
    )
    return {"stored": not arguments.dry_run, **answer}


def _answer(arguments: argparse.Namespace, output: Output, filed: FiledFile) -> dict[str, object]:
    """A supplier without a system of its own has filled in our form: it is told, not signed."""
    body = {
        "partner": arguments.told_by or "",
        "request": arguments.request or filed.slip.request,
        "parts": {part.id: part.to_json() for part in filed.filing.parts},
        "file_digest": filed.digest,
        "dry_run": arguments.dry_run,
    }
    answer = connect(arguments, output).post("imports", "answers", body=body)
    return {"stored": not arguments.dry_run, **answer}


def _report(shown: Mapping[str, object], filed: FiledFile, output: Output, *, dry: bool, partner: str) -> Lines:
    rows = [
        (
            finding.error.values.get("at", "—"),
            output.say(_MARKS[finding.refused]),
            finding.error.message(output.language),
        )
        for finding in filed.filing.findings
    ]
    if rows:
        yield from table(("AT", "", "WHAT"), rows)
        yield from _hints(filed, output)
        yield ""
    told = "dry" if dry else "refused" if not shown["stored"] else "answer" if "record" in shown else "done"
    parts = shown["parts"]
    yield output.say(_TAKEN).format(
        accepted=shown["accepted"],
        refused=shown["refused"],
        parts=len(parts) if isinstance(parts, Sequence) else 0,
        done=output.say(_DONE[told]).format(partner=partner or shown.get("partner", "")),
    )


def _hints(filed: FiledFile, output: Output) -> Lines:
    hints = dict.fromkeys(
        f"  → {finding.error.values.get('at', '')}: {finding.error.hint(output.language)}"
        for finding in filed.filing.findings
        if finding.refused
    )
    yield from hints


COMMANDS: Final = (
    Command(
        name="import",
        summary=Text(
            "register parts from a filled form, a table or your own columns; or take a supplier's form as its answer",
            "記入済み様式・表・自社の列から部品を登録する。取引先が記入した様式を回答として取り込む",
        ),
        run=import_file,
        arguments=(
            Argument(
                ("file",),
                Text(
                    "a form of `renkei template footprint`, a CSV or Excel table, a SQLite database",
                    "様式(renkei template footprint)、CSV・Excelの表、SQLiteデータベース",
                ),
                {"metavar": "FILE"},
            ),
            Argument(
                ("--mapping",),
                Text("what your own columns mean, TOML or JSON", "自社の列の対応表(TOMLまたはJSON)"),
                {"metavar": "FILE"},
            ),
            Argument(
                ("--start",),
                Text(
                    "first day that the figures speak of, where the file does not tell",
                    "対象期間の初日(ファイルにない場合)",
                ),
                {"type": day, "metavar": "DAY"},
            ),
            Argument(
                ("--end",),
                Text("last day that the figures speak of", "対象期間の末日"),
                {"type": day, "metavar": "DAY"},
            ),
            Argument(
                ("--told-by",),
                Text(
                    "take it as the answer of this supplier, who has no system of its own: unsigned, and marked so",
                    "自前のシステムを持たないこの取引先の回答として取り込む(署名なしと明示)",
                ),
                {"metavar": "PARTNER"},
            ),
            Argument(
                ("--request",),
                Text(
                    "which request it answers (default: the one that the form names)",
                    "回答する依頼(既定は様式に記載のもの)",
                ),
                {"metavar": "REQUEST"},
            ),
            Argument(
                ("--manual",),
                Text(
                    "do not answer requests for parts that are new automatically",
                    "新規の部品への依頼に自動で回答しない",
                ),
                {"action": "store_true"},
            ),
            Argument(
                ("--dry-run",),
                Text(
                    "show rows accepted, refused and why; store nothing",
                    "受理・拒否される行と理由を表示し、何も保存しない",
                ),
                {"action": "store_true"},
            ),
        ),
    ),
)
