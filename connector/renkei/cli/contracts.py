"""Commands from a partner's catalog to its bytes: ``catalog``, ``negotiate``, ``approve``, ``refuse``, ``fetch``."""

from __future__ import annotations

import argparse
import base64
import json
from typing import TYPE_CHECKING, Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.problems import WRONG_COMMAND_LINE, still_going
from renkei.cli.values import criterion, inner, items, partner_of, person, seconds, write_file
from renkei.cli.words import Text
from renkei.exchange.problems import ENDED, REFUSED_BY_POLICY

if TYPE_CHECKING:
    from renkei.cli.management import Management

_LOOK: Final = 20.0
_LONG: Final = 600.0


def catalog(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show what a partner offers us, or write a catalog (theirs or ours) as Turtle."""
    _check_catalog_words(arguments)
    if arguments.turtle:
        return _turtle(arguments, output)
    shown = connect(arguments, output).post("catalog", body={"partner": arguments.partner, "filter": arguments.filter})
    rows = [(dataset["id"], dataset["title"], dataset["formats"]) for dataset in items(shown)]
    output.result(shown, table(("DATASET", "TITLE", "FORMATS"), rows))
    return Exit.OK


def _check_catalog_words(arguments: argparse.Namespace) -> None:
    """No word of a command line is left unheard."""
    alone = {"--viewer": arguments.viewer, "--profile": arguments.profile, "--output": arguments.output}
    cause = ""
    if arguments.turtle:
        if arguments.filter:
            cause = "--filter does not go with --turtle"
        elif arguments.partner and arguments.viewer:
            cause = "--viewer goes with our own catalog, not with that of PARTNER"
    elif given := [name for name, value in alone.items() if value]:
        cause = f"{', '.join(given)} goes with --turtle only"
    elif not arguments.partner:
        cause = "PARTNER is missing"
    if cause:
        raise WRONG_COMMAND_LINE(cause=cause, program="renkei catalog")


def _turtle(arguments: argparse.Namespace, output: Output) -> Exit:
    query = {"partner": arguments.partner or "", "viewer": arguments.viewer, "profile": arguments.profile}
    text = connect(arguments, output).text("catalog.ttl", **query)
    if arguments.output:
        write_file(arguments.output, text.encode())
        output.result({"file": arguments.output}, [arguments.output])
    else:
        output.result({"turtle": text}, text.splitlines())
    return Exit.OK


def negotiate(arguments: argparse.Namespace, output: Output) -> Exit:
    """Negotiate a contract for a dataset, and wait for its end."""
    daemon = connect(arguments, output)
    output.progress(
        Text(
            f"Negotiating with {arguments.partner} for {arguments.dataset} …",
            f"{arguments.partner} と {arguments.dataset} の契約交渉中…",
        )
    )
    body = {"partner": arguments.partner, "dataset": arguments.dataset}
    found = _ended(daemon, daemon.post("negotiations", body=body), arguments.wait)
    if not found["final"]:
        raise still_going("negotiation", str(found["id"]), found, arguments.wait)
    if found["state"] != "FINALIZED":
        raise_ended(found)
    shown = {name: found[name] for name in ("id", "partner", "dataset", "state", "agreement")}
    output.result(found, pairs({**shown, "partner": partner_of(found)}))
    return Exit.OK


def _ended(daemon: Management, found: dict[str, object], wait: float) -> dict[str, object]:
    left = wait
    while not found["final"] and left > 0:
        found = daemon.get("negotiations", str(found["id"]), wait=min(left, _LOOK))
        left -= _LOOK
    return found


def raise_ended(found: dict[str, object]) -> None:
    """A negotiation that came to nothing, as the error that it is: a policy's no, or the partner's."""
    failure = cast("dict[str, object]", found["failure"] or {})
    code = str(failure.get("code", "unknown"))
    reasons = cast("list[object]", failure.get("reason") or [])
    said = " ".join(map(str, reasons))
    if failure.get("ours") and code.startswith("policy-"):
        raise REFUSED_BY_POLICY(reasons=said or code)
    raise ENDED(process="negotiation", partner=partner_of(found), state=found["state"], cause=f"{code} {said}".strip())


def approve(arguments: argparse.Namespace, output: Output) -> Exit:
    """Say yes to a contract that waits for a person."""
    return _decide(arguments, output, "approve", {"by": person(arguments.by)})


def refuse(arguments: argparse.Namespace, output: Output) -> Exit:
    """Say no to a contract that waits for a person."""
    return _decide(arguments, output, "reject", {"by": person(arguments.by), "reason": arguments.reason})


def _decide(arguments: argparse.Namespace, output: Output, step: str, body: dict[str, object]) -> Exit:
    found = connect(arguments, output).post("negotiations", arguments.negotiation, step, body=body)
    shown = {name: found[name] for name in ("id", "partner", "dataset", "state", "pending")}
    output.result(found, pairs({**shown, "partner": partner_of(found)}))
    return Exit.OK


def fetch(arguments: argparse.Namespace, output: Output) -> Exit:
    """Get a dataset under an agreement, verified."""
    daemon = connect(arguments, output)
    output.progress(
        Text(
            f"Fetching {arguments.dataset} from {arguments.partner} …",
            f"{arguments.partner} から {arguments.dataset} を取得中…",
        )
    )
    body = {"partner": arguments.partner, "dataset": arguments.dataset, "file": arguments.into or ""}
    fetched = daemon.post("fetch", body=body, timeout=_LONG)
    if arguments.output:
        write_file(arguments.output, _content(fetched))
        fetched = {name: value for name, value in fetched.items() if name not in {"record", "text", "base64"}}
        fetched["file"] = arguments.output
    output.result(fetched, _lines(fetched))
    return Exit.OK


def _content(fetched: dict[str, object]) -> bytes:
    if fetched.get("record"):
        return json.dumps(inner(inner(fetched, "record"), "document"), ensure_ascii=False, indent=1).encode()
    if fetched.get("base64"):
        return base64.b64decode(str(fetched["base64"]))
    return str(fetched.get("text") or "").encode()


def _lines(fetched: dict[str, object]) -> list[str]:
    shown = {name: fetched[name] for name in ("agreement", "transfer", "media_type", "size", "digest")}
    if fetched.get("file"):
        shown["file"] = fetched["file"]
    lines = list(pairs(shown))
    if fetched.get("record"):
        record = inner(fetched, "record")
        verified = {name: record[name] for name in ("type", "part", "partner", "signed")}
        verified["partner"] = partner_of(record)
        return [*lines, *pairs({"record": record["id"], **verified})]
    return [*lines, "", str(fetched["text"])] if fetched.get("text") else lines


_PARTNER: Final = Argument(
    ("partner",), Text("participant id or configured name", "参加者IDまたは設定した名前"), {"metavar": "PARTNER"}
)
_NEGOTIATION: Final = Argument(("negotiation",), Text("the negotiation's id", "交渉ID"), {"metavar": "NEGOTIATION"})
_BY: Final = Argument(
    ("--by",),
    Text("who decides (default: the user who is logged in)", "決定者(既定はログイン中のユーザー)"),
    {"metavar": "NAME"},
)
_DATASET: Final = Argument(("dataset",), Text("dataset id", "データセットID"), {"metavar": "DATASET"})

COMMANDS: Final = (
    Command(
        name="catalog",
        summary=Text("show what a partner offers us", "取引先の提供データを表示する"),
        run=catalog,
        arguments=(
            Argument(
                ("partner",),
                Text(
                    "participant id or configured name (with --turtle it may be left out: ours)",
                    "参加者IDまたは設定した名前(--turtle では省略可、自社のカタログ)",
                ),
                {"metavar": "PARTNER", "nargs": "?"},
            ),
            Argument(
                ("--filter",),
                Text(
                    'only what is such, again for each: "dct:title = Cell", "id like urn:cells:%%", "id in a,b"',
                    '条件に合うものだけ(複数可): "dct:title = Cell"、"id like urn:cells:%%"、"id in a,b"',
                ),
                {"action": "append", "default": [], "type": criterion, "metavar": "FILTER"},
            ),
            Argument(
                ("--turtle",),
                Text("as RDF in Turtle", "RDF(Turtle)で出力する"),
                {"action": "store_true"},
            ),
            Argument(
                ("--profile",),
                Text("enriched for a profile", "プロファイルに合わせて補う"),
                {"choices": ("dcat-ap-3",), "default": ""},
            ),
            Argument(
                ("--viewer",),
                Text("ours as this partner sees it (default: what all may see)", "この相手から見た自社カタログ"),
                {"default": "", "metavar": "PARTNER"},
            ),
            Argument(
                ("-o", "--output"),
                Text("write it to a file", "ファイルに書き出す"),
                {"metavar": "FILE"},
            ),
        ),
    ),
    Command(
        name="negotiate",
        summary=Text("negotiate a contract for a dataset", "データセットの契約を交渉する"),
        run=negotiate,
        arguments=(
            _PARTNER,
            _DATASET,
            Argument(
                ("--wait",),
                Text("seconds to wait for the end (default 30)", "終了を待つ秒数(既定 30)"),
                {"type": seconds, "default": 30.0, "metavar": "SECONDS"},
            ),
        ),
    ),
    Command(
        name="approve",
        summary=Text("say yes to a contract that waits for it", "承認待ちの契約を承認する"),
        run=approve,
        arguments=(_NEGOTIATION, _BY),
    ),
    Command(
        name="refuse",
        summary=Text("say no to a contract that waits for a yes", "承認待ちの契約を拒否する"),
        run=refuse,
        arguments=(
            _NEGOTIATION,
            _BY,
            Argument(("--reason",), Text("what the partner is told", "理由"), {"required": True, "metavar": "TEXT"}),
        ),
    ),
    Command(
        name="fetch",
        summary=Text("get a dataset under an agreement, verified", "合意のもとでデータを取得・検証する"),
        run=fetch,
        arguments=(
            _PARTNER,
            _DATASET,
            Argument(
                ("-o", "--output"),
                Text("write the content to a file here", "内容を手元のファイルに書き出す"),
                {"metavar": "FILE"},
            ),
            Argument(
                ("--into",),
                Text("stream into a file in the connector's folder received/", "コネクタの received/ に保存する"),
                {"metavar": "NAME"},
            ),
        ),
    ),
)
