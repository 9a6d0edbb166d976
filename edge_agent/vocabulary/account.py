"""Troubles of the account with the service, told alike wherever they appear: at the door, in an error, in an answer.

The codes are those of OpenAI's and Azure's tables of errors (2026-11). Some services spell codes differently and keep
the type, some say it only in words, so all three are looked at. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

ACCOUNT: Mapping[str, str] = {  # what is wrong, and what to do
    "insufficient_quota": "the account has no quota left; check its plan and billing",
    "credit_balance_exhausted": "the account has no credit left; check its plan and billing",
    "organization_spend_limit_exceeded": "the organization has reached its spend limit; raise the limit",
    "organization_usage_limit_exceeded": "the organization has reached its usage limit; check its plan and billing",
    "project_spend_limit_exceeded": "the project has reached its spend limit; raise the limit",
    "quota_exceeded": "the quota of the account is used up; check its plan and billing",
    "billing_hard_limit_reached": "the account has reached its billing limit; raise the limit",
    "billing_not_active": "the account's billing is not active; check its plan and billing",
    "account_deactivated": "the account is deactivated; contact the provider",
    "subscription_inactive": "the subscription is not active; check its billing",
    "payment_required": "the provider asks for a payment; check the account's plan and billing",
}
# what Azure and its gateways say without a code of their own
WORDS: Mapping[str, re.Pattern[str]] = {
    "insufficient_quota": re.compile(r"exceeded your current quota", re.IGNORECASE),
    "quota_exceeded": re.compile(r"out of call volume quota|quota exceeded", re.IGNORECASE),
    "subscription_inactive": re.compile(
        r"(disabled|inactive|expired|suspended) subscription"
        r"|subscription.{0,60} is (disabled|inactive|expired|suspended)",
        re.IGNORECASE,
    ),
}


def account_code(code: str, kind: str, message: str) -> str:
    """The trouble of the account that an error is, by its code (in any spelling), type or words; empty: none."""
    for told in (code, kind):
        spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", told).lower()
        if spelled in ACCOUNT:
            return spelled
    return next((known for known, pattern in WORDS.items() if pattern.search(message)), "")


def account_trouble(code: str, message: str) -> str:
    """What to tell of it, with the service's own words; empty: the account is not the trouble."""
    words = ACCOUNT.get(code, "")
    return f"{words} ({message})" if words and message else words
