"""What can go wrong in the protocol itself."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

ILLEGAL_MOVE = Problem(
    code="protocol-illegal-move",
    fault=Fault.PEER,
    status=400,
    en="The {sender} may not move this {process} from {origin} to {target}.",
    ja="{sender}はこの{process}を{origin}から{target}へ進められません。",
    hint_en="Ask for the current state and continue from there.",
    hint_ja="現在の状態を確認し、そこから続けてください。",
)
CROSSED = Problem(
    code="protocol-crossed",
    fault=Fault.PEER,
    status=409,
    en="The move to {target} crosses ours to {pending}, which goes first; it has not happened and will not.",
    ja="{target}への遷移は、優先される当方の{pending}への遷移と行き違ったため、無効です。",
    hint_en="Drop it and take our message; then decide anew.",
    hint_ja="この遷移を取り消し、当方のメッセージを処理してから、改めて判断してください。",
)
UNSETTLED = Problem(
    code="protocol-unsettled",
    fault=Fault.PEER,
    status=409,
    en="The move to {target} cannot be taken while ours to {pending} is unanswered.",
    ja="当方の{pending}への遷移が未回答の間は、{target}への遷移を受け付けられません。",
    hint_en="Answer our message, then send yours again.",
    hint_ja="当方のメッセージに回答してから、再送してください。",
)
OUR_ILLEGAL_MOVE = Problem(
    code="protocol-our-illegal-move",
    fault=Fault.LOCAL,
    status=409,
    en="As {sender} we may not move this {process} from {origin} to {target}.",
    ja="当方は{sender}として、この{process}を{origin}から{target}へ進められません。",
    hint_en="Look at the state with `renkei status --events ID`; only the figure's arrows may be sent.",
    hint_ja="`renkei status --events ID` で状態を確認してください。送れるのは仕様の図にある遷移だけです。",
)
STILL_UNACKNOWLEDGED = Problem(
    code="protocol-still-unacknowledged",
    fault=Fault.LOCAL,
    status=409,
    en="Our move of this {process} to {pending} is not acknowledged yet.",
    ja="この{process}の{pending}への遷移はまだ相手に確認されていません。",
    hint_en="Wait until the partner has answered, or until the tries are used up.",
    hint_ja="相手の応答、または再試行の終了を待ってください。",
)
NOTHING_SENT = Problem(
    code="protocol-nothing-sent",
    fault=Fault.LOCAL,
    status=409,
    en="No message of this {process} waits for an acknowledgement.",
    ja="この{process}で確認待ちのメッセージはありません。",
    hint_en="This is a defect of Renkei: please report it with the log.",
    hint_ja="Renkeiの不具合です。ログを添えて報告してください。",
)
