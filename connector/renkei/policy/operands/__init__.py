"""The registry of left operands: ODRL's own, the Catena-X profile's, and those of data spaces and ours.

An operand that is not here, or an operator not listed for it, makes its constraint unknown, and unknown never permits.
"""

from typing import Final

from renkei.policy.operands.catenax import (
    BUSINESS_PARTNER_GROUP,
    BUSINESS_PARTNER_NUMBER,
    CATENA_X_OPERANDS,
    DATA_PROVISIONING_END_DATE,
    DATA_PROVISIONING_END_DAYS,
    DATA_USAGE_END_DATE,
    DATA_USAGE_END_DAYS,
    DATA_USAGE_END_DEFINITION,
    FRAMEWORK_AGREEMENT,
    MEMBERSHIP,
    USAGE_PURPOSE,
    USAGE_RESTRICTION,
    WARRANTY_DEFINITION,
    WARRANTY_DURATION,
)
from renkei.policy.operands.dataspace import (
    ASSIGNEE,
    CONNECTOR,
    CONSENT,
    DATASPACE_OPERANDS,
    GROUP,
    ROLE,
    SECURITY_LEVEL,
    STATE,
)
from renkei.policy.operands.declaration import Registry
from renkei.policy.operands.odrl import COUNT, DATE_TIME, ELAPSED_TIME, ODRL_OPERANDS, PURPOSE, RECIPIENT, SPATIAL
from renkei.policy.operands.release import MINIMUM_CONTRIBUTORS, RELEASE_CHANGES, RELEASE_INTERVAL, RELEASE_OPERANDS

STANDARD: Final = Registry(*ODRL_OPERANDS, *DATASPACE_OPERANDS, *RELEASE_OPERANDS, *CATENA_X_OPERANDS)
"""What is understood unless an embedding program brings more (``STANDARD.with_``)."""

__all__ = [
    "ASSIGNEE",
    "BUSINESS_PARTNER_GROUP",
    "BUSINESS_PARTNER_NUMBER",
    "CONNECTOR",
    "CONSENT",
    "COUNT",
    "DATA_PROVISIONING_END_DATE",
    "DATA_PROVISIONING_END_DAYS",
    "DATA_USAGE_END_DATE",
    "DATA_USAGE_END_DAYS",
    "DATA_USAGE_END_DEFINITION",
    "DATE_TIME",
    "ELAPSED_TIME",
    "FRAMEWORK_AGREEMENT",
    "GROUP",
    "MEMBERSHIP",
    "MINIMUM_CONTRIBUTORS",
    "PURPOSE",
    "RECIPIENT",
    "RELEASE_CHANGES",
    "RELEASE_INTERVAL",
    "ROLE",
    "SECURITY_LEVEL",
    "SPATIAL",
    "STANDARD",
    "STATE",
    "USAGE_PURPOSE",
    "USAGE_RESTRICTION",
    "WARRANTY_DEFINITION",
    "WARRANTY_DURATION",
]
