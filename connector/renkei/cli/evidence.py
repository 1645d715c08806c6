"""Commands for evidence: ``export`` from a daemon, ``verify`` offline (no network code is loaded for it)."""

from __future__ import annotations

import argparse
import json
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import MARKS, Output, step_lines
from renkei.cli.problems import WRONG_COMMAND_LINE
from renkei.cli.values import read_bytes, write_file
from renkei.cli.words import Text

_OURSELVES: Final = "self-description"
_OUTCOMES: Final = {
    "verified": Text("verified", "検証済み"),
    "unsigned": Text("unsigned", "署名なし"),
    "refused": Text("refused", "不合格"),
}
_NEXT: Final = Text(
    "  → Do not rely on this file: it is not what was signed, or not all of it. Have it exported again.",
    "  → このファイルを信頼しないでください。署名された内容と異なるか、欠けています。再度書き出してもらってください。",
)
_OTHERS: Final = {"renkei-reveal": "renkei audit", "renkei-verification": "renkei statement check"}
_ELSEWHERE: Final = Text(
    "  → This is no evidence file, and was not checked here: `{command} FILE` checks this kind.",
    "  → これは証拠ファイルではないため、ここでは検証していません。この種類は `{command} FILE` で検証してください。",
)


def export(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write an agreement, a record, a notice or our self-description with its signatures and keys as one file."""
    named = [] if arguments.kind == _OURSELVES else [arguments.id]
    if None in named or (not named and arguments.id):
        raise WRONG_COMMAND_LINE(cause="ID goes with agreement, record and notice", program="renkei export")
    bundle = connect(arguments, output).get("export", arguments.kind, *named)
    text = json.dumps(bundle, ensure_ascii=False, indent=1, default=str)
    if not arguments.output:
        output.result(bundle, text.splitlines())
        return Exit.OK
    write_file(arguments.output, text.encode() + b"\n")
    output.result({"file": arguments.output, "artefact": bundle["artefact"]}, [arguments.output])
    return Exit.OK


def verify(arguments: argparse.Namespace, output: Output) -> Exit:
    """Check an exported file: step by step, offline."""
    from renkei.kernel import strict_json
    from renkei.kernel.problems import RenkeiError
    from renkei.trust.verification import verify_bundle

    raw = read_bytes(arguments.file)
    try:
        decoded = strict_json.loads(raw, strict_json.DOCUMENT)
    except RenkeiError as error:
        refused = {"outcome": "refused", "steps": [], "error": error.as_json(output.language)}
        why = f"✗ {error.message(output.language)} [{error.code}]"
        output.result(refused, [why, f"✗ {output.say(_OUTCOMES['refused'])}", output.say(_NEXT)])
        return Exit.VERIFICATION
    kind = decoded.get("type") if isinstance(decoded, dict) else None
    other = _OTHERS.get(kind) if isinstance(kind, str) else None
    verdict = verify_bundle(decoded)
    said = verdict.as_json(output.language)
    if other is not None:
        output.result(said | {"command": other}, [*step_lines(said), output.say(_ELSEWHERE).format(command=other)])
        return Exit.VERIFICATION
    outcome = str(said["outcome"])
    closing = output.say(_NEXT) if outcome == "refused" else str(said["statement"])
    output.result(said, [*step_lines(said), f"{MARKS[verdict.ok]} {output.say(_OUTCOMES[outcome])}", closing])
    return Exit.OK if verdict.ok else Exit.VERIFICATION


COMMANDS: Final = (
    Command(
        name="export",
        summary=Text(
            "write an agreement, a record, a notice or ourselves as evidence",
            "合意・記録・通知・自己記述を証拠ファイルに書き出す",
        ),
        run=export,
        arguments=(
            Argument(("kind",), Text("what", "種類"), {"choices": ("agreement", "record", "notice", _OURSELVES)}),
            Argument(("id",), Text("its id", "ID"), {"metavar": "ID", "nargs": "?"}),
            Argument(("-o", "--output"), Text("write it to a file", "ファイルに書き出す"), {"metavar": "FILE"}),
        ),
    ),
    Command(
        name="verify",
        summary=Text("check an exported file offline", "証拠ファイルをオフラインで検証する"),
        run=verify,
        daemon=False,
        arguments=(Argument(("file",), Text("the file", "ファイル"), {"metavar": "FILE"}),),
    ),
)
