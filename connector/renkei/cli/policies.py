"""Commands about policies: ``policy explain``, ``what-if``, ``compare`` and ``lint``.

A policy in a file is read here, without a daemon and with the facts of the command line; contracts, offers and the
catalog are asked of the daemon, which knows its partners.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output
from renkei.cli.values import assignment, read_object
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.policy.model import Policy

_PHASES: Final = ("offer", "catalog", "negotiation", "agreement", "transfer", "access", "continuous")
_HEADING_OF_THE_BARRED: Final = 3  # who is asked about, why it is not admitted, and what follows from that
_LIKE: Final = "docs/how-to/explain-a-decision.md"


def explain(arguments: argparse.Namespace, output: Output) -> Exit:
    """Tell why a policy decides as it does."""
    subject = arguments.subject
    if subject.endswith(".json") or Path(subject).is_file():
        from renkei.policy.explaining.account import printable

        told = _explained(arguments, output.language)
        output.result(told, map(printable, cast("list[str]", told["text"])))
        return Exit.OK
    body = {**_supposed(arguments, output), "subject": subject, "partner": arguments.partner}
    told = connect(arguments, output).post("policy", "explain", body=body)
    output.result(told, cast("list[str]", told["text"]))
    return Exit.OK


def what_if(arguments: argparse.Namespace, output: Output) -> Exit:
    """Tell what a partner would see of our catalog."""
    body = {**_supposed(arguments, output), "partner": arguments.partner}
    daemon = connect(arguments, output)
    pages = [daemon.post("policy", "what-if", body=body)]
    while pages[-1]["next"] is not None:
        pages.append(daemon.post("policy", "what-if", body=body | {"after": pages[-1]["next"]}))
    first, *others = pages
    for page in others:
        first["items"] = [*cast("list[object]", first["items"]), *cast("list[object]", page["items"])]
        heading = 1 if page["admitted"] else _HEADING_OF_THE_BARRED
        first["text"] = [*cast("list[str]", first["text"]), *cast("list[str]", page["text"])[heading:]]
    output.result(first | {"next": None}, cast("list[str]", first["text"]))
    return Exit.OK


def compare(arguments: argparse.Namespace, output: Output) -> Exit:
    """Tell which of two policies permits more."""
    from renkei.policy.comparing.containment import compare as compared
    from renkei.policy.comparing.contrast import explain_difference
    from renkei.policy.explaining.account import printable

    verdict = compared(_read(arguments.first), _read(arguments.second))
    names = (Path(arguments.first).name, Path(arguments.second).name)
    text = explain_difference(verdict, output.language, names=names)
    witness = verdict.witness
    shown = {
        "relation": verdict.relation.value,
        "text": text,
        "burdens": [{"side": burden.side.value, "path": burden.duty.path} for burden in verdict.burdens],
        "witness": None if witness is None else witness.denial.as_json(output.language),
    }
    output.result(shown, map(printable, text.split("; ")))
    return Exit.OK


def lint(arguments: argparse.Namespace, output: Output) -> Exit:
    """Tell what is wrong with a policy; errors would refuse it."""
    from renkei.policy.explaining.account import printable
    from renkei.policy.linting.findings import Severity
    from renkei.policy.linting.lint import lint as linted
    from renkei.policy.linting.lint import lint_access
    from renkei.policy.profiles import profile_of

    policy, now = _read(arguments.file), arguments.date or datetime.now(UTC)
    found = lint_access(policy, now=now) if arguments.access else linted(policy, now=now, profile=profile_of(policy))
    language = output.language
    lines = [f"{finding.severity.value}: {finding.text(language)} [{finding.code.value}]" for finding in found]
    nothing = output.say(Text("nothing to say against it", "指摘事項はありません"))
    shown = {"findings": [finding.as_json(language) for finding in found]}
    output.result(shown, map(printable, lines or [nothing]))
    wrong = any(finding.severity is Severity.ERROR for finding in found)
    return Exit.CONFIGURATION if wrong else Exit.OK


def _explained(arguments: argparse.Namespace, language: str) -> dict[str, object]:
    """The account of a decision on a policy in a file."""
    from renkei.exchange.catalog.judgement import named_purposes
    from renkei.exchange.explaining import SUPPOSED
    from renkei.policy.attributes import facts_of
    from renkei.policy.deciding.evaluate import compile_policy
    from renkei.policy.explaining.account import account
    from renkei.policy.world import USE, Facts, Phase, Request

    policy, now = _read(arguments.subject), datetime.now(UTC)
    request = Request(
        party=arguments.partner,
        target=arguments.target or policy.target or "",
        action=arguments.action or USE,
        purposes=named_purposes(policy) if arguments.purpose is None else frozenset(filter(None, arguments.purpose)),
        phase=Phase(arguments.phase or "negotiation"),
    )
    facts = Facts(arguments.date or now, facts_of(_facts(arguments), SUPPOSED))
    return account(compile_policy(policy).decide(request, facts), today=now).as_json(language)


def _read(path: str) -> Policy:
    """The policy in a file: what is wrong with it is ours to correct, whoever else may send such a thing."""
    from renkei.kernel.problems import Fault, RenkeiError
    from renkei.policy.documents import read_document

    document = read_object(path, like=_LIKE)
    try:
        return read_document(document)
    except RenkeiError as error:
        raise replace(error.problem, fault=Fault.CONFIGURATION)(**error.values) from error


def _supposed(arguments: argparse.Namespace, output: Output) -> dict[str, object]:
    """What the daemon is to suppose."""
    said: dict[str, object] = {"language": output.language, "facts": _facts(arguments)}
    if arguments.purpose is not None:
        said["purposes"] = list(filter(None, arguments.purpose))
    if arguments.action:
        said["action"] = arguments.action
    if arguments.phase:
        said["phase"] = arguments.phase
    if arguments.date:
        said["at"] = arguments.date.isoformat()
    return said


def _facts(arguments: argparse.Namespace) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    for name, value in arguments.fact:
        facts.setdefault(name, []).append(value)
    return facts


def moment(text: str) -> datetime:
    """A day (its beginning, UTC) or an instant with its zone."""
    from renkei.policy.values import span

    read = span(text, "Z")
    if read is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day or an instant such as 2027-03-31T09:00:00+09:00")
    return read.low


_PURPOSE: Final = Argument(
    ("--purpose",),
    Text(
        'a purpose that is declared, again for each; "" for none (default: what the policy names)',
        '申告する目的(複数可、"" はなし、既定はポリシーが挙げる目的)',
    ),
    {"action": "append", "metavar": "PURPOSE"},
)
_SUPPOSING: Final = (
    _PURPOSE,
    Argument(("--action",), Text("what is to be done (default: use)", "行為(既定 use)"), {"metavar": "ACTION"}),
    Argument(("--phase",), Text("in which phase it is asked", "判断の段階"), {"choices": _PHASES}),
    Argument(
        ("--date",),
        Text("the day or instant it is about (default: now)", "対象の日または日時(既定は現在)"),
        {"type": moment, "metavar": "DATE"},
    ),
    Argument(
        ("--fact",),
        Text(
            "what is supposed of the partner, again for each: membership=active, or OPERAND=VALUE",
            "取引先について仮定する値(複数可): membership=active または オペランド=値",
        ),
        {"action": "append", "default": [], "type": assignment, "metavar": "NAME=VALUE"},
    ),
)
_FILE: Final = Text("a file with an ODRL policy", "ODRLポリシーのファイル")

COMMANDS: Final = (
    Command(
        name="policy",
        summary=Text("ask what policies say, and why", "ポリシーの判断と理由を調べる"),
        parts=(
            Command(
                name="explain",
                summary=Text("tell why a policy decides as it does, and what would help", "判断の理由と解決策を示す"),
                run=explain,
                arguments=(
                    Argument(
                        ("subject",),
                        Text(
                            "a file with an ODRL policy, or the id of an agreement, negotiation, dataset or offer",
                            "ODRLポリシーのファイル、または契約・交渉・データセット・オファーのID",
                        ),
                        {"metavar": "POLICY"},
                    ),
                    Argument(("--partner",), Text("who asks", "要求する相手"), {"default": "", "metavar": "PARTNER"}),
                    Argument(
                        ("--target",),
                        Text("the dataset a file is asked about", "対象のデータセット(ファイルの場合)"),
                        {"default": "", "metavar": "ID"},
                    ),
                    *_SUPPOSING,
                ),
            ),
            Command(
                name="what-if",
                summary=Text(
                    "tell what a partner would see of us, and why", "取引先から見える自社カタログと理由を示す"
                ),
                run=what_if,
                arguments=(
                    Argument(
                        ("--partner",),
                        Text("participant id or configured name", "参加者IDまたは設定した名前"),
                        {"required": True, "metavar": "PARTNER"},
                    ),
                    *_SUPPOSING,
                ),
            ),
            Command(
                name="compare",
                summary=Text("tell which of two policies permits more", "2つのポリシーの広狭を比較する"),
                run=compare,
                daemon=False,
                arguments=(
                    Argument(("first",), _FILE, {"metavar": "FIRST"}),
                    Argument(("second",), _FILE, {"metavar": "SECOND"}),
                ),
            ),
            Command(
                name="lint",
                summary=Text("tell what is wrong with a policy", "ポリシーの問題点を示す"),
                run=lint,
                daemon=False,
                arguments=(
                    Argument(("file",), _FILE, {"metavar": "FILE"}),
                    Argument(
                        ("--access",),
                        Text("it tells who sees something, and is never sent", "公開先を定めるアクセスポリシーである"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--date",),
                        Text("the day or instant it is offered (default: now)", "提供する日または日時(既定は現在)"),
                        {"type": moment, "metavar": "DATE"},
                    ),
                ),
            ),
        ),
    ),
)
