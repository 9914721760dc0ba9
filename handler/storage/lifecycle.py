"""Lifecycle rules as S3 services read and write them: what they say of a prefix, and how some are added to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handler.removal import ExpiryRule

Rule = dict[str, Any]
"""A rule as the service sends it, with all that it holds."""


def expiry_rules(rules: Sequence[Rule]) -> tuple[ExpiryRule, ...]:
    """Those that are in force and remove all objects of a prefix after some days, whatever their size and tags."""
    found = []
    for rule in rules:
        days = rule.get("Expiration", {}).get("Days")
        prefix = _prefix(rule)
        if rule.get("Status") == "Enabled" and days and prefix is not None:
            found.append(ExpiryRule(str(rule.get("ID", "")), prefix, int(days)))
    return tuple(found)


def merged(rules: Sequence[Rule], wanted: Sequence[ExpiryRule]) -> list[Rule]:
    """The rules with those that are wanted, in place of those with the same ids; no other one changes."""
    ids = {rule.id for rule in wanted}
    kept = [rule for rule in rules if rule.get("ID") not in ids]
    # A service may refuse rules of both forms together, the old one of which has its prefix outside of a filter.
    old_form = any("Prefix" in rule for rule in kept)
    return [*kept, *(_written(rule, old_form=old_form) for rule in wanted)]


def _written(rule: ExpiryRule, *, old_form: bool) -> Rule:
    where: Mapping[str, Any] = {"Prefix": rule.prefix} if old_form else {"Filter": {"Prefix": rule.prefix}}
    return {"ID": rule.id, "Status": "Enabled", **where, "Expiration": {"Days": rule.days}}


def _prefix(rule: Rule) -> str | None:
    """The prefix of which a rule is about all objects; None for one that asks for more than that."""
    if "Prefix" in rule:
        return str(rule["Prefix"])
    given = rule.get("Filter", {})
    return str(given.get("Prefix", "")) if set(given) <= {"Prefix"} else None
