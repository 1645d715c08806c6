"""Commands for consents (同意): ``consent ask``, ``list``, ``show``, ``grant``, ``refuse``, ``withdraw``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import PURPOSE, inner, instant, items, partner_of, person, purpose
from renkei.cli.words import Text

_HEAD: Final = ("CONSENT", "PARTNER", "ABOUT", "PURPOSES", "CLASS", "STATE", "UNTIL")


def ask(arguments: argparse.Namespace, output: Output) -> Exit:
    """Ask a provider for its consent."""
    body = {
        "partner": arguments.partner,
        "purposes": arguments.purpose,
        "dataset": arguments.dataset,
        "part": arguments.part,
        "kind": arguments.kind,
        "until": arguments.until,
        "wish": arguments.wish,
    }
    found = connect(arguments, output).post("consents", body=body)
    output.result(found, _shown(found))
    return Exit.OK


def list_consents(arguments: argparse.Namespace, output: Output) -> Exit:
    """List what we are asked for and have given, or what we asked for."""
    direction = "out" if arguments.sent else "in"
    found = connect(arguments, output).get("consents", direction=direction, state=arguments.state)
    output.result(found, table(_HEAD, [_row(one) for one in items(found)]))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one in full."""
    found = connect(arguments, output).get("consents", arguments.consent)
    output.result(found, _shown(found))
    return Exit.OK


def grant(arguments: argparse.Namespace, output: Output) -> Exit:
    """Consent to what was asked for, or to less."""
    body = {
        "purposes": arguments.purpose,
        "fields": arguments.field,
        "until": arguments.until,
        "reason": arguments.reason,
    }
    return _step(arguments, output, "grant", body)


def refuse(arguments: argparse.Namespace, output: Output) -> Exit:
    """Say no, with a reason."""
    return _step(arguments, output, "refuse", {"reason": arguments.reason})


def withdraw(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take a consent back; what it carried is suspended."""
    return _step(arguments, output, "withdraw", {"reason": arguments.reason})


def _step(arguments: argparse.Namespace, output: Output, step: str, body: Mapping[str, object]) -> Exit:
    whole = {**body, "by": person(arguments.by)}
    found = connect(arguments, output).post("consents", arguments.consent, step, body=whole)
    output.result(found, _shown(found))
    return Exit.OK


def _row(found: Mapping[str, object]) -> tuple[object, ...]:
    about = found["dataset"] or f"{found['part']} ({found['kind']})"
    named = [str(one).removeprefix(PURPOSE) for one in cast("list[object]", found["purposes"])]
    return (
        found["consent"],
        partner_of(found),
        about,
        named,
        found["purpose_class"],
        found["state"],
        found["valid_until"] or inner(found, "wish")["until"],
    )


def _shown(found: Mapping[str, object]) -> Lines:
    row = dict(zip((name.lower() for name in _HEAD), _row(found), strict=True))
    wish = inner(found, "wish")
    yield from pairs(
        {
            **row,
            "wish": wish["text"],
            "wished for": wish["purposes"],
            "fields": found["fields"],
            "request": found["request"],
            "by": found["by"],
            "reason": found["reason"],
            "delivered": found["delivered"],
        }
    )


_CONSENT: Final = Argument(("consent",), Text("its name", "同意ID"), {"metavar": "CONSENT"})
_BY: Final = Argument(
    ("--by",),
    Text("who decides (default: whoever is logged in)", "判断者(既定はログイン中のユーザー)"),
    {"metavar": "NAME"},
)
_UNTIL: Final = Argument(
    ("--until",),
    Text("until when, such as 2027-03-31T00:00:00Z", "期限(例 2027-03-31T00:00:00Z)"),
    {"type": instant, "metavar": "INSTANT"},
)
_REASON: Final = Argument(
    ("--reason",), Text("what the user is told", "利用者に伝える理由"), {"required": True, "metavar": "TEXT"}
)

COMMANDS: Final = (
    Command(
        name="consent",
        summary=Text(
            "ask for, give and withdraw consent to uses of data", "データ利用への同意を求める・与える・撤回する"
        ),
        parts=(
            Command(
                name="ask",
                summary=Text("ask a provider for its consent", "提供者に同意を求める"),
                run=ask,
                arguments=(
                    Argument(
                        ("partner",),
                        Text("whom: participant id or name", "相手(参加者IDまたは名前)"),
                        {"metavar": "PARTNER"},
                    ),
                    Argument(
                        ("--purpose",),
                        Text(
                            "what for, again for each: carbon-footprint, model-training … or an IRI",
                            "目的(複数可): carbon-footprint、model-training など、またはIRI",
                        ),
                        {"action": "append", "required": True, "type": purpose, "metavar": "PURPOSE"},
                    ),
                    Argument(
                        ("--dataset",), Text("about this dataset", "対象データセット"), {"default": "", "metavar": "ID"}
                    ),
                    Argument(
                        ("--part",), Text("or about a part", "または対象部品"), {"default": "", "metavar": "PART"}
                    ),
                    Argument(
                        ("--kind",),
                        Text("and which records of it", "部品のデータの種別"),
                        {"choices": ("footprint", "due-diligence")},
                    ),
                    _UNTIL,
                    Argument(
                        ("--wish",),
                        Text("what the provider is to consider", "提供者に考慮してほしい要望"),
                        {"default": "", "metavar": "TEXT"},
                    ),
                ),
            ),
            Command(
                name="list",
                summary=Text("list those we are asked for and have given", "求められた同意・与えた同意を一覧する"),
                run=list_consents,
                arguments=(
                    Argument(
                        ("--sent",),
                        Text("those we asked for instead", "求めた同意を一覧する"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--state",),
                        Text("only those in this state", "この状態のものだけ"),
                        {"choices": ("asked", "granted", "refused", "withdrawn", "expired")},
                    ),
                ),
            ),
            Command(name="show", summary=Text("show one in full", "詳細を表示する"), run=show, arguments=(_CONSENT,)),
            Command(
                name="grant",
                summary=Text("consent to what was asked for, or to less", "求められた範囲内で同意する"),
                run=grant,
                arguments=(
                    _CONSENT,
                    Argument(
                        ("--purpose",),
                        Text("only for this, again for each", "この目的に限る(複数可)"),
                        {"action": "append", "default": [], "type": purpose, "metavar": "PURPOSE"},
                    ),
                    Argument(
                        ("--field",),
                        Text("only this field, again for each, such as /total", "この項目に限る(複数可、例 /total)"),
                        {"action": "append", "default": [], "metavar": "PATH"},
                    ),
                    _UNTIL,
                    Argument(
                        ("--reason",),
                        Text("what the user is told", "利用者に伝える言葉"),
                        {"default": "", "metavar": "TEXT"},
                    ),
                    _BY,
                ),
            ),
            Command(
                name="refuse",
                summary=Text("say no", "同意を拒否する"),
                run=refuse,
                arguments=(_CONSENT, _REASON, _BY),
            ),
            Command(
                name="withdraw",
                summary=Text("take a consent back; what it carried is suspended", "同意を撤回する(進行中の転送は停止)"),
                run=withdraw,
                arguments=(_CONSENT, _REASON, _BY),
            ),
        ),
    ),
)
