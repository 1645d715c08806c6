"""Commands for partners: ``partner import``; what is known of them: ``partner facts list``, ``set`` and ``remove``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import assignment, instant, objects, read_table_text
from renkei.cli.words import Text

_LONG: Final = 120.0


def import_partners(arguments: argparse.Namespace, output: Output) -> Exit:
    """Make the partners of a table known."""
    body = {"csv": read_table_text(arguments.file), "dry_run": arguments.dry_run}
    found = connect(arguments, output).post("partners", "import", body=body, timeout=_LONG)
    output.result(found, pairs(found))
    return Exit.OK


def list_facts(arguments: argparse.Namespace, output: Output) -> Exit:
    """List what is known of a partner."""
    return _shown(connect(arguments, output).get("partners", arguments.partner, "facts"), output)


def set_facts(arguments: argparse.Namespace, output: Output) -> Exit:
    """State something of a partner."""
    said: dict[str, list[str]] = {}
    for name, value in arguments.facts:
        said.setdefault(name, []).extend([value] if value else [])
    more = {"source": arguments.source, "until": arguments.until}
    facts = {name: {"values": values, **more} for name, values in said.items()}
    return _shown(connect(arguments, output).put("partners", arguments.partner, "facts", body={"facts": facts}), output)


def remove_facts(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take back what was stated."""
    daemon = connect(arguments, output)
    return _shown(daemon.delete("partners", arguments.partner, "facts", attribute=arguments.attribute), output)


def _shown(found: Mapping[str, object], output: Output) -> Exit:
    output.result(found, _lines(found, output))
    return Exit.OK


def _lines(found: Mapping[str, object], output: Output) -> Lines:
    facts = objects(found, "facts")
    rows = [(fact["attribute"], fact["values"] or "∅", fact["source"], fact["until"], fact["stored"]) for fact in facts]
    yield from table(("ATTRIBUTE", "VALUES", "SOURCE", "UNTIL", "STATED"), rows)
    if not found["admitted"]:
        yield output.say(Text(f"not admitted: {found['refusal']}", f"許可されていません: {found['refusal']}"))


_PARTNER: Final = Argument(
    ("partner",), Text("an id or configured name", "参加者IDまたは設定名"), {"metavar": "PARTNER"}
)

COMMANDS: Final = (
    Command(
        name="partner",
        summary=Text("make partners known, and what is known of them", "取引先の登録と、分かっていること"),
        parts=(
            Command(
                name="import",
                summary=Text(
                    "make the partners of a table known, with their part numbers; all or none",
                    "取引先とその品番をCSVから一括登録する(全件または0件)",
                ),
                run=import_partners,
                arguments=(
                    Argument(
                        ("file",),
                        Text(
                            "CSV: name, participant, address, side, part, number, plant, from, until",
                            "CSV(列: name, participant, address, side, part, number, plant, from, until)",
                        ),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--dry-run",),
                        Text("only say what would come of it", "登録せずに結果だけを表示する"),
                        {"action": "store_true"},
                    ),
                ),
            ),
            Command(
                name="facts",
                summary=Text("list, set and remove facts about a partner", "取引先の登録情報を表示・設定・削除する"),
                parts=(
                    Command(name="list", summary=Text("list them", "一覧する"), run=list_facts, arguments=(_PARTNER,)),
                    Command(
                        name="set",
                        summary=Text("state some, such as membership=active", "設定する(例 membership=active)"),
                        run=set_facts,
                        arguments=(
                            _PARTNER,
                            Argument(
                                ("facts",),
                                Text(
                                    "an attribute or operand IRI with a value, again for each value; without one: none",
                                    "属性名またはオペランドIRIと値(複数可)。値なしは「なし」",
                                ),
                                {"nargs": "+", "type": assignment, "metavar": "NAME=VALUE"},
                            ),
                            Argument(
                                ("--until",),
                                Text("until when it holds, such as 2027-03-31T23:59:59Z", "有効期限(日時)"),
                                {"type": instant, "metavar": "INSTANT"},
                            ),
                            Argument(
                                ("--source",), Text("who says so", "情報の出所"), {"default": "", "metavar": "TEXT"}
                            ),
                        ),
                    ),
                    Command(
                        name="remove",
                        summary=Text("take one back, or all that was set", "1件またはすべてを取り消す"),
                        run=remove_facts,
                        arguments=(
                            _PARTNER,
                            Argument(
                                ("attribute",),
                                Text("its name or operand IRI (default: all)", "属性名またはオペランドIRI(既定は全部)"),
                                {"nargs": "?", "metavar": "NAME"},
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
