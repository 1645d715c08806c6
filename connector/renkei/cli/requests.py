"""Commands for requests (依頼): ``request``, ``inbox``, ``answer``, ``return``, ``reject``, ``cancel`` and reminders.

The inbox also shows the contracts that wait for a person (``approve`` and ``refuse`` are in ``cli.contracts``).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.figures import figures
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.problems import still_going
from renkei.cli.values import day, inner, items, objects, partner_of, purpose, seconds
from renkei.cli.words import Text
from renkei.exchange.problems import ENDED

if TYPE_CHECKING:
    from renkei.cli.management import Management

_KINDS: Final = ("footprint", "due-diligence")
_LOOK: Final = 20.0
_HEAD: Final = ("REQUEST", "PARTNER", "PART", "KINDS", "DUE", "STATE", "REASON")
_NOT_DELIVERED: Final = Text("not delivered yet", "未配信")
_NOT_FETCHED: Final = Text("announced, not fetched yet", "回答の通知あり、未取得")
_WE: Final = Text("we", "自社")
_COUNTS: Final = ("due", "total", "answered", "open", "late", "refused")
_DECISION: Final = ("negotiation", "partner", "dataset", "target", "why", "deadline")


def request(arguments: argparse.Namespace, output: Output) -> Exit:
    """Ask a supplier; with ``--wait``, until it has answered."""
    daemon = connect(arguments, output)
    body = {
        "partner": arguments.partner,
        "part": arguments.part,
        "kinds": arguments.kind or list(_KINDS),
        "due": arguments.due,
        "message": arguments.message,
        "purposes": arguments.purpose,
    }
    asked = daemon.post("requests", body=body)
    if not arguments.wait:
        output.result(asked, pairs(_row(asked, output)))
        return Exit.OK
    detail = _until_final(daemon, str(asked["request"]), arguments.wait, output)
    found = inner(detail, "request")
    if not found["final"]:
        raise still_going("request", str(found["request"]), found, arguments.wait)
    if found["state"] != "answered":
        raise ENDED(process="request", partner=partner_of(found), state=found["state"], cause=found["reason"])
    output.result(detail, _detail_lines(detail, output))
    return Exit.OK


def _until_final(daemon: Management, name: str, wait: float, output: Output) -> dict[str, object]:
    end, state = time.monotonic() + wait, ""
    while True:
        left = max(0.0, end - time.monotonic())
        detail = daemon.get("requests", name, wait=round(min(left, _LOOK), 3))
        found = inner(detail, "request")
        if found["final"] or left == 0:
            return detail
        if found["state"] != state:
            state = str(found["state"])
            whom = partner_of(found)
            output.progress(Text(f"{whom}: {state} …", f"{whom}: {state}…"))


def inbox(arguments: argparse.Namespace, output: Output) -> Exit:
    """List what waits for us, or all that we were asked, or what we asked; or show one request."""
    daemon = connect(arguments, output)
    if arguments.counts:
        return _counts(daemon, output, "out" if arguments.sent else "in")
    if arguments.request:
        detail = daemon.get("requests", arguments.request)
        output.result(detail, _detail_lines(detail, output))
        return Exit.OK
    if arguments.sent or arguments.state or arguments.all:
        found = daemon.get("requests", direction="out" if arguments.sent else "in", state=arguments.state)
    else:
        found = daemon.get("inbox")
    rows = [tuple(_row(item, output).values()) for item in items(found)]
    lines = [*table(_HEAD, rows)]
    if not (arguments.sent or arguments.state):
        decisions = items(daemon.get("decisions"))
        found = {**found, "decisions": decisions}
        asked = [
            tuple({**decision, "partner": partner_of(decision)}[name] for name in _DECISION) for decision in decisions
        ]
        columns = ("NEGOTIATION", "PARTNER", "DATASET", "AFTER A YES", "WHY", "DEADLINE")
        lines += ["", *table(columns, asked)] if asked else []
    output.result(found, lines)
    return Exit.OK


def _counts(daemon: Management, output: Output, direction: str) -> Exit:
    """How far requests are, by the day until which they are wanted."""
    found = daemon.get("completeness", direction=direction)
    rows = [(*(one[name] for name in _COUNTS), f"{one['below_open']}/{one['below_total']}") for one in items(found)]
    output.result(found, table((*(name.upper() for name in _COUNTS), "BELOW"), rows))
    return Exit.OK


def answer(arguments: argparse.Namespace, output: Output) -> Exit:
    """Answer from what has been received, or ask our own suppliers first."""
    if arguments.prepare:
        return _step(arguments, output, "prepare", {})
    return _step(arguments, output, "answer", {"part": arguments.part} if arguments.part else {})


def send_back(arguments: argparse.Namespace, output: Output) -> Exit:
    """Send an answer back, with what is wrong with it."""
    return _step(arguments, output, "return", {"reason": arguments.reason})


def remind(arguments: argparse.Namespace, output: Output) -> Exit:
    """Remind the supplier of a request of ours."""
    return _step(arguments, output, "remind", {})


def remark(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write to the other side of a request."""
    return _step(arguments, output, "remark", {"text": arguments.text})


def reject(arguments: argparse.Namespace, output: Output) -> Exit:
    """Say no, with a reason."""
    return _step(arguments, output, "reject", {"reason": arguments.reason})


def cancel(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take a request of ours back."""
    return _step(arguments, output, "cancel", {"reason": arguments.reason})


def _step(arguments: argparse.Namespace, output: Output, step: str, body: Mapping[str, object]) -> Exit:
    found = connect(arguments, output).post("requests", arguments.request, step, body=body)
    output.result(found, pairs(_row(found, output)))
    return Exit.OK


def _row(found: Mapping[str, object], output: Output) -> dict[str, object]:
    row = {name: found[name] for name in ("request", "partner", "part", "kinds", "due", "state", "reason")}
    reasons = filter(None, (str(found["reason"]), waiting(found, output)))
    return {**row, "partner": partner_of(found), "reason": "; ".join(reasons)}


def waiting(found: Mapping[str, object], output: Output) -> str:
    """That something about a request waits for its partner, why, and until when; empty: nothing does."""
    trouble, then = found.get("trouble"), found.get("next_try")
    if not then and not trouble:
        return ""
    words = _NOT_FETCHED if found.get("delivered") else _NOT_DELIVERED
    again = Text(f"next try {then}", f"次回の試行 {then}")
    parts = (output.say(words), str(trouble or ""), output.say(again) if then else "")
    return "; ".join(filter(None, parts))


def _detail_lines(detail: Mapping[str, object], output: Output) -> Lines:
    found = inner(detail, "request")
    below = inner(found, "below")
    yield from pairs({**_row(found, output), "message": found["message"], "below": f"{below['open']}/{below['total']}"})
    for word in objects(found, "remarks"):
        who = output.say(_WE) if word["ours"] else partner_of(found)
        yield f"  {word['at']} {who}: {word['text']}"
    asked = [tuple(_row(one, output).values()) for one in objects(detail, "asked")]
    if asked:
        yield ""
        yield from table(_HEAD, asked)
    records = inner(detail, "records")
    for kind in records:
        record = inner(records, kind)
        yield ""
        yield from figures(inner(record, "document"), output)
        yield from pairs({"record": record["id"], "signed": record["signed"]})


_REQUEST: Final = Argument(("request",), Text("the request's id", "依頼ID"), {"metavar": "REQUEST"})

COMMANDS: Final = (
    Command(
        name="request",
        summary=Text("ask a supplier for data of a part by a date", "部品のデータを期日までに依頼する"),
        run=request,
        arguments=(
            Argument(
                ("partner",), Text("whom: participant id or name", "依頼先(参加者IDまたは名前)"), {"metavar": "PARTNER"}
            ),
            Argument(("part",), Text("the part, in the supplier's words", "部品(依頼先の呼称)"), {"metavar": "PART"}),
            Argument(
                ("--kind",),
                Text("what for, again for each (default: both)", "種別(複数可、既定は両方)"),
                {"action": "append", "choices": _KINDS},
            ),
            Argument(
                ("--due",),
                Text("by which day, such as 2026-12-31", "期日(例 2026-12-31)"),
                {"required": True, "type": day, "metavar": "DAY"},
            ),
            Argument(
                ("--purpose",),
                Text(
                    "what for, again for each (default: what each kind is meant for)",
                    "利用目的(複数可、既定は種別ごとの目的)",
                ),
                {"action": "append", "default": [], "type": purpose, "metavar": "PURPOSE"},
            ),
            Argument(("--message",), Text("a word to the supplier", "メッセージ"), {"default": "", "metavar": "TEXT"}),
            Argument(
                ("--wait",),
                Text("seconds to wait for the answer (default 0)", "回答を待つ秒数(既定 0)"),
                {"type": seconds, "default": 0.0, "metavar": "SECONDS"},
            ),
        ),
    ),
    Command(
        name="inbox",
        summary=Text(
            "list what waits for us, of all customers, and what waits for a yes",
            "全取引先からの対応待ちの依頼と承認待ちを一覧する",
        ),
        run=inbox,
        arguments=(
            Argument(
                ("request",),
                Text("show this one in full", "この依頼の詳細を表示する"),
                {"nargs": "?", "metavar": "REQUEST"},
            ),
            Argument(("--sent",), Text("what we asked instead", "送った依頼を一覧する"), {"action": "store_true"}),
            Argument(
                ("--all",),
                Text("also what has ended, newest first", "終了した依頼も新しい順に表示する"),
                {"action": "store_true"},
            ),
            Argument(
                ("--counts",),
                Text("how many are answered and open, by day", "期日ごとの回答済み・未回答の件数を表示する"),
                {"action": "store_true"},
            ),
            Argument(
                ("--state",),
                Text("only those in this state", "この状態のものだけ"),
                {"choices": ("open", "preparing", "ready", "answered", "returned", "rejected", "cancelled")},
            ),
        ),
    ),
    Command(
        name="answer",
        summary=Text("answer a request from what has been received", "受領済みデータから回答する"),
        run=answer,
        arguments=(
            _REQUEST,
            Argument(
                ("--prepare",),
                Text("ask our own suppliers first; answered when they have", "先に自社の供給者へ依頼する"),
                {"action": "store_true"},
            ),
            Argument(
                ("--part",),
                Text("which part of ours is meant", "対象となる自社の部品"),
                {"default": "", "metavar": "PART"},
            ),
        ),
    ),
    Command(
        name="return",
        summary=Text("send an answer back to its supplier", "回答を差し戻す"),
        run=send_back,
        arguments=(
            _REQUEST,
            Argument(
                ("--reason",),
                Text("what is wrong with it", "差戻しの理由"),
                {"required": True, "metavar": "TEXT"},
            ),
        ),
    ),
    Command(
        name="remind",
        summary=Text("remind a supplier of a request, at most once a day", "供給者に督促する(1日1回まで)"),
        run=remind,
        arguments=(_REQUEST,),
    ),
    Command(
        name="remark",
        summary=Text("write to the other side of a request", "依頼の相手にメッセージを送る"),
        run=remark,
        arguments=(_REQUEST, Argument(("text",), Text("what it reads", "メッセージ"), {"metavar": "TEXT"})),
    ),
    Command(
        name="reject",
        summary=Text("say no to a request", "依頼を拒否する"),
        run=reject,
        arguments=(
            _REQUEST,
            Argument(("--reason",), Text("what the asker is told", "理由"), {"required": True, "metavar": "TEXT"}),
        ),
    ),
    Command(
        name="cancel",
        summary=Text("take a request of ours back", "送った依頼を取り消す"),
        run=cancel,
        arguments=(
            _REQUEST,
            Argument(("--reason",), Text("what the supplier is told", "理由"), {"default": "", "metavar": "TEXT"}),
        ),
    ),
)
