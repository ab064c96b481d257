"""A run in which one call fails on the wire: killed, refused, unanswered, or kept waiting.

`python -m proof.wire` lets every kind of call fail in every way; these are some of each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proof.wire.calls import service_of
from proof.wire.cases import CASES, Case, differences, undisturbed
from proof.wire.failures import ATTEMPTS
from proof.wire.rig import Rig
from proof.wire.scenarios import SCENARIOS
from simulator.account import PartnerAccount

BY_NAME = {str(case): case for case in CASES}
SOME = (
    "first: lease, answer lost after",
    "first: list, killed before",
    "first: query, InternalServerError",
    "first: batch get, AccessDeniedException",
    "first: observe, TransactionCanceledException",
    "first: listeners, Throttled",
    "first: details, ThrottlingException, 3 times",
    "first: publish, Throttled",
    "first: publish, hangs after",
    "first: publish (plain), AuthorizationError",
    "first: told, answer lost after, 3 times",
    "first: told, hangs before",
    "first: state, killed before",
    "first: secret, InternalServiceError, 2 times",
    "first: webhook, killed after",
    "first: webhook (plain), answer lost before",
    "first: release, answer lost after",
    "routed: next page, answer lost before, 3 times",
    "routed: post, channel_not_found",
    "routed: post (plain), invalid_blocks",
    "last: reply, answer lost after",
    "deleted: reply (plain), ratelimited",
    "deleted: post, killed after",
    "deleted: post (plain), internal_error",
    "moved: update, message_not_found",
    "moved: update (plain), token_revoked",
    "moved: cards, TransactionCanceledException, 2 times",
    "accepted: end, ProvisionedThroughputExceededException, 3 times",
    "accepted: close, killed after",
    "gap: search, InternalServerException",
    "gap: count, AccessDeniedException",
)
SILENT = {(what, after) for what in ("killed", "answer lost") for after in (False, True)}


@pytest.fixture(scope="module")
def rig(box: PartnerAccount) -> Iterator[Rig]:
    with Rig(box) as prepared:
        yield prepared


@pytest.mark.xdist_group("wire")
@pytest.mark.parametrize("case", [pytest.param(BY_NAME[name], id=name) for name in SOME])
def test_a_call_that_fails_is_to_the_run_what_it_is_in_memory(rig: Rig, case: Case) -> None:
    """Both tell the same, remember the same, and say the same of themselves, run by run."""
    assert differences(rig, case) == []


def test_each_kind_of_call_is_among_them_and_each_way_to_fail_in_the_ports_terms() -> None:
    chosen = [BY_NAME[name] for name in SOME]
    assert {case.call for case in chosen} == {case.call for case in CASES}
    assert {case.failure.means for case in chosen} == {case.failure.means for case in CASES}


@pytest.mark.xdist_group("wire")
def test_every_kind_of_call_that_runs_make_is_made_to_fail_in_every_way(rig: Rig) -> None:
    """Each kind is killed, refused and not answered, in whichever scenario it is found."""
    made = set()
    for scenario in SCENARIOS.values():
        kinds, wrong = undisturbed(rig, scenario)
        assert wrong == []
        made.update(kinds)
    assert made == {case.call for case in CASES}
    for kind in made:
        failures = [case.failure for case in CASES if case.call == kind]
        assert {(f.what, f.after) for f in failures} >= SILENT | {("refused", False)}
        overcome = {f.what for f in failures if f.means is None}
        assert (overcome >= {"refused", "answer lost"}) is (service_of(kind) in ATTEMPTS)


@pytest.mark.parametrize("service", [*ATTEMPTS, "sns", "slack"])
def test_every_service_lets_a_run_wait_before_and_after_a_call_took_effect(service: str) -> None:
    failures = [case.failure for case in CASES if service_of(case.call) == service]
    assert {f.after for f in failures if f.what == "hangs"} == {False, True}


BROKEN = {
    "record_first": ("last: reply, killed before", "inbox.details ledger.write sns.publish"),
    "forget_told": ("last: reply, invalid_blocks", "told_at={}"),
    "keep_lease": ("last: reply, ratelimited", "the lease is held"),
    "never_hand_over": ("routed: post, channel_not_found", "in C0HOME, new of engi-"),
}
"""Ways to break the notifier, each with a case that shows it, and by which words."""


@pytest.mark.xdist_group("sabotage")
@pytest.mark.parametrize("way_of_breaking", BROKEN)
def test_a_broken_notifier_is_found_out(box: PartnerAccount, way_of_breaking: str) -> None:
    name, clue = BROKEN[way_of_breaking]
    with Rig(box, sabotage=f"tests.wire.sabotage:{way_of_breaking}") as rig:
        assert clue in "\n".join(differences(rig, BY_NAME[name]))
