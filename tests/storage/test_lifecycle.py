"""Lifecycle rules: what they remove, and how some are added to those that are there."""

from __future__ import annotations

from typing import Any

import pytest

from handler.removal import ExpiryRule
from handler.storage.lifecycle import expiry_rules, merged

WANTED = ExpiryRule("speech-output", "output/", 7)
OTHERS: list[dict[str, Any]] = [
    {"ID": "logs", "Status": "Disabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 1}},
    {
        "ID": "cold",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Transitions": [{"Days": 9}],
    },
    {"Status": "Enabled", "Filter": {}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"Filter": {"Prefix": "output/"}, "Expiration": {"Days": 7}}, ("output/", 7)),
        ({"Prefix": "output/", "Expiration": {"Days": 7}}, ("output/", 7)),
        ({"Filter": {}, "Expiration": {"Days": 7}}, ("", 7)),
        ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"Days": 7}}, None),
        ({"Filter": {"And": {"Prefix": "output/", "ObjectSizeGreaterThan": 1}}, "Expiration": {"Days": 7}}, None),
        ({"Filter": {"Prefix": "output/"}, "Expiration": {"ExpiredObjectDeleteMarker": True}}, None),
        ({"Filter": {"Prefix": "output/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}, None),
    ],
)
def test_what_a_rule_removes(rule: dict[str, Any], found: tuple[str, int] | None) -> None:
    """Only rules in force for all objects of a prefix count, in the new form and in the old one."""
    expected = () if found is None else (ExpiryRule("a", *found),)
    assert expiry_rules([{"ID": "a", "Status": "Enabled"} | rule]) == expected
    assert expiry_rules([{"ID": "a", "Status": "Disabled"} | rule]) == ()


def test_other_rules_stay_as_they_are() -> None:
    """What is there stays in its order, to the last field; writing the same again changes nothing."""
    once = merged(OTHERS, [WANTED])
    assert once[:-1] == OTHERS
    assert expiry_rules(once) == (WANTED,)
    assert merged(once, [WANTED]) == once


def test_own_rules_are_replaced() -> None:
    """A rule of the same id gets the new number of days."""
    once = merged(OTHERS, [WANTED])
    again = merged(once, [ExpiryRule("speech-output", "output/", 30)])
    assert (len(again), expiry_rules(again)) == (len(once), (ExpiryRule("speech-output", "output/", 30),))


def test_old_form_begets_old_form() -> None:
    """AWS refuses rules with and without a filter together."""
    old = {"ID": "old", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 1}}
    (_, own) = merged([old], [WANTED])
    assert (own["Prefix"], "Filter" in own) == ("output/", False)
