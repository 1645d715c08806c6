"""What can go wrong with the purposes (利用目的) that data is shown for and the fields that each needs."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

APART: Final = Problem(
    code="consent-secondary-apart",
    fault=Fault.PEER,
    status=400,
    en="Secondary use ({purposes}) is consented to by itself: not beside a primary purpose, nor by an answer to a "
    "request.",
    ja="二次利用({purposes})への同意は、一次利用の目的と併せても、依頼への回答によっても得られません。個別に必要です。",
    hint_en="Ask for two consents: one for the primary purposes, one for the secondary ones.",
    hint_ja="一次利用と二次利用とで、同意を別々に求めてください。",
)
BEYOND_PURPOSE: Final = Problem(
    code="consent-field-beyond-purpose",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{subject} holds more than {purposes} needs: {fields}.",
    ja="{subject}には、{purposes}に必要な範囲を超える項目があります: {fields}。",
    hint_en="Offer a record without these fields, or for a purpose that needs them; vocab/consent/purposes.json lists "
    "the fields of each.",
    hint_ja="これらの項目を除いた記録を提供するか、必要とする目的を指定してください。目的ごとの項目は "
    "vocab/consent/purposes.json にあります。",
)
UNKNOWN_PURPOSE: Final = Problem(
    code="consent-purpose-unknown",
    fault=Fault.PEER,
    status=400,
    en="{purpose} is no purpose that can be consented to here.",
    ja="{purpose}は、ここで同意の対象となる目的ではありません。",
    hint_en="Name one of: {known}.",
    hint_ja="次のいずれかを指定してください: {known}。",
)
NO_PURPOSE: Final = Problem(
    code="consent-without-purpose",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{dataset} is to need consent, but its terms name no purpose that can be consented to.",
    ja="{dataset}は同意を要しますが、同意の対象となる目的が条件に記載されていません。",
    hint_en="Constrain the permission by one or more of: {known}.",
    hint_ja="許可を次のいずれかの目的で制約してください: {known}。",
)
