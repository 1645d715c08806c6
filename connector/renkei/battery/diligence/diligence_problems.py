"""What can go wrong with what is shown, asked and told about due diligence."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

OPENING_BROKEN: Final = Problem(
    code="diligence-opening-broken",
    fault=Fault.PEER,
    status=400,
    en="What was revealed of {facility} does not belong to the record: {cause}.",
    ja="開示された {facility} の内容は記録と一致しません: {cause}。",
    hint_en="Take the opening and the record of the same version, each as it was given.",
    hint_ja="同じ版の開示情報と記録を、受け取ったままの形で照合してください。",
)
VIEW_UNKNOWN: Final = Problem(
    code="diligence-view-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="There is no view {view} of the risks.",
    ja="リスクの表示区分 {view} はありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
QUESTION_UNKNOWN: Final = Problem(
    code="diligence-question-unknown",
    fault=Fault.PEER,
    status=400,
    en="The answers name {question}, which the questionnaire {questionnaire} does not ask.",
    ja="回答にある {question} は質問票 {questionnaire} にありません。",
    hint_en="Answer the questions that stand in the questionnaire, each once.",
    hint_ja="質問票にある質問に、それぞれ1回ずつ回答してください。",
)
