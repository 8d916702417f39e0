"""Run: the whole trip over one repository: choose the range, gather the facts, review them."""

from __future__ import annotations

import os
import time

from pytest_syncpoints.check import ReviewContext
from pytest_syncpoints.detectors import DETECTORS
from pytest_syncpoints.errors import PolicyError, UsageError
from pytest_syncpoints.gather.attributes import generated_paths
from pytest_syncpoints.gather.changes import Reading, read_change, tracked_paths
from pytest_syncpoints.gather.git import Discovery, remote_url
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.ranges import RangeRequest, check_request, staged_range
from pytest_syncpoints.gather.sources import Sources
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import POLICY_PATHS
from pytest_syncpoints.record import Record
from pytest_syncpoints.review import EVERYTHING, NOTHING_SAID, Selection, WhatPastSays, review
from pytest_syncpoints.size import NOTHING_READ, body_edits, measure
from pytest_syncpoints.split import imports_among
from pytest_syncpoints.subject import Reversibility
from pytest_syncpoints.syncpoint import components_by_path, required_owners, tiers_by_path, touched_syncpoints
from pytest_syncpoints.trailers import sign_offs
from pytest_syncpoints.undoing import wanted
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_syncpoints.change import Change
    from pytest_syncpoints.check import Check
    from pytest_syncpoints.evidence import TestFacts
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.ranges import Range
    from pytest_syncpoints.plugins import Plugins
    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.rules import Door
    from pytest_syncpoints.signoff import ForgeFacts
    from pytest_syncpoints.size import Contents
    from pytest_syncpoints.subject import Detector


class Request(Record):
    """What to review, and how: the same words at every door.

    ``build_history`` makes or updates the history index; without it one is only used that is there and fresh.
    ``prefer_worktree`` is the local test run's choice where no range is named; ``never_staged`` forbids the
    choice of the index. ``forge`` is what a host said of the change (``None``: nobody asked). ``as_if``
    are facts to suppose; ``flow`` looks at other unmerged branches too, as before
    a push; ``now`` (seconds since the epoch) replaces the clock; ``notes`` is the commit a push would set
    the ref of signed notes to, where it pushes them too.
    """

    range: RangeRequest = RangeRequest()
    door: Door = "local"
    require_policy: bool = False
    selection: Selection = EVERYTHING
    as_if: tuple[str, ...] = ()
    prefer_worktree: bool = False
    never_staged: bool = False
    tests_ran: bool = False
    build_history: bool = False
    forge: ForgeFacts | None = None
    now: float | None = None
    flow: bool = False
    notes: str | None = None


def default_door(environment: Mapping[str, str] = os.environ) -> Door:
    """Return the door this process stands at: ``ci`` where ``CI`` is set (and not to a no), else ``local``."""
    return "local" if environment.get("CI", "").lower() in ("", "0", "false", "no") else "ci"


class Prepared(Record):
    """A change with everything known before the checks are asked: ``top`` is the worktree, ``None`` if there is none.

    A test session reviews it twice, before and after its tests; everything else asks once. ``plugins`` are those the
    trusted policy names, ``None`` where it names none.
    """

    context: ReviewContext
    checks: tuple[Check, ...]
    selection: Selection
    past: WhatPastSays
    top: str | None
    object_format: str
    printed: str
    plugins: Plugins | None

    def report(self, tests: TestFacts | None = None) -> Report:
        """Ask the checks, with what tests told, and return the report."""
        context = self.context if tests is None else self.context._replace(tests=tests)
        report = review(context, self.checks, tool_version=VERSION, selection=self.selection, past=self.past)
        shown = self.printed
        return report._replace(evaluated_at=float(shown)) if shown.isascii() and shown.isdigit() else report


def run(request: Request, discovery: Discovery | None = None, environment: Mapping[str, str] = os.environ) -> Report:
    """Review a change of the repository in the current directory and return the report.

    ``SOURCE_DATE_EPOCH`` replaces the time the report prints (reproducible-builds.org), never the one that decides
    what has expired. Raises UsageError or PolicyError (exit 2) and CannotEvaluate (exit 3).
    """
    return prepare(request, discovery, environment).report()


def prepare(
    request: Request, discovery: Discovery | None = None, environment: Mapping[str, str] = os.environ
) -> Prepared:
    """Gather everything a review needs; raises as ``run`` does."""
    repository = (discovery or Discovery()).repository()
    context, plugins = _gathered(request, repository, environment)
    return Prepared(
        context=context,
        checks=_checks(request, plugins),
        selection=request.selection,
        past=_past(request, repository, context.change),
        top=repository.top,
        object_format=repository.object_format,
        printed=environment.get("SOURCE_DATE_EPOCH", ""),
        plugins=plugins,
    )


def _past(request: Request, repository: Repository, change: Change) -> WhatPastSays:
    """Return what history says; a hook does not wait for it: a percentile walks through a year of changes."""
    if not request.build_history:
        return NOTHING_SAID
    from pytest_syncpoints.gather.look_back import look_back

    return look_back(repository, change)


def gather(request: Request, repository: Repository, environment: Mapping[str, str] = os.environ) -> ReviewContext:
    """Return everything known about a change, before any check is asked; raises as ``run`` does."""
    return _gathered(request, repository, environment)[0]


def _gathered(
    request: Request, repository: Repository, environment: Mapping[str, str]
) -> tuple[ReviewContext, Plugins | None]:
    check_request(request.range)
    with Objects(repository) as objects:
        import pytest_syncpoints.checks  # noqa: F401  # here, because git needs this long to give its first answer

        chosen = _choose(request, repository, objects, environment)
        with Reading(repository, chosen) as reading:
            memory = repository.common_dir if chosen.kind == "staged" and request.door == "local" else ""
            trust = TrustRoots(objects, chosen.trust, remote=remote_url(repository), memory=memory)
            policy = _policy(trust, mendable=bool(memory))
            change = _read(repository, objects, chosen, reading)
        policy = policy or trust.mended_policy(change)
        context = _context(request, repository, change, trust, policy)
        plugins = named_plugins(context.policy, repository)
        detectors = _detectors(plugins)
        context = context._replace(reversibility=_reversibility(repository, change, objects, detectors))
        context = _with_api(_with_norms(context, objects), objects)
        if request.as_if:
            from pytest_syncpoints.simulation import suppose

            context = suppose(context, request.as_if)
        context = _with_machine_work(repository, context, trust)
        if request.flow and context.change.head and context.change.merge_base:
            from pytest_syncpoints.gather.push import with_flow

            context = with_flow(repository, context)
        if plugins is not None:
            from pytest_syncpoints.plugins import more_facts

            context = more_facts(plugins, context)
        if chosen.kind != "staged":  # a commit never waits for history
            from pytest_syncpoints.past_facts import with_owners_past

            context = with_owners_past(context, repository)
        if chosen.trust and _may_tell_drift(request, repository, context):
            from pytest_syncpoints.past_facts import with_drift

            context = with_drift(context, repository, objects, chosen.trust, trust, build=request.build_history)
        context = _with_sign_offs(context, Sources(repository, objects, trust, request.notes))
        if chosen.trust and request.build_history:
            from pytest_syncpoints.past_facts import with_reviewers

            context = with_reviewers(context, repository, chosen.trust)
        return context, plugins


def _policy(trust: TrustRoots, *, mendable: bool) -> Policy | None:
    """Return the trusted policy; ``None`` where it has faults that the change under review may mend."""
    try:
        return trust.policy()
    except PolicyError:
        if mendable:
            return None
        raise


def _with_norms(context: ReviewContext, objects: Objects) -> ReviewContext:
    """Return the context with the policy's norms judged; without norms nothing is loaded for them."""
    if not context.policy.norms:
        return context
    from pytest_syncpoints.gather.norm_readings import read_norms
    from pytest_syncpoints.norms.model import judged

    found = judged(context.policy, context.change, read_norms(context.policy, context.change, objects))
    return context._replace(norms=found, norms_held=found.held)


def _with_api(context: ReviewContext, objects: Objects) -> ReviewContext:
    """Return the context with what the change breaks for callers, where it changes a module at all."""
    if all(file.path in context.body_edits or not file.path.endswith((".py", ".pyi")) for file in context.change.files):
        return context
    from pytest_syncpoints.gather.api_changes import read_api

    return context._replace(api=read_api(context.change, context.body_edits, context.beside, objects))


def _with_machine_work(repository: Repository, context: ReviewContext, trust: TrustRoots) -> ReviewContext:
    """Return the context with what machines wrote of the change; nothing is read where no machine had a hand in it."""
    change, people = context.change, context.people
    suspect = any(people.is_machine(who) for who in change.authors)
    if not suspect and not any(commit.trailers for commit in change.commits):
        return context
    from pytest_syncpoints.machines import is_machine_written

    if not suspect and not any(is_machine_written(commit, people) for commit in change.commits):
        return context
    from pytest_syncpoints.gather.machine_work import read_machine_work

    work, old_blobs = read_machine_work(repository, context, trust)
    return context._replace(machine=work, old_blobs={**context.old_blobs, **old_blobs})


def _may_tell_drift(request: Request, repository: Repository, context: ReviewContext) -> bool:
    """Say whether a component is touched, and history may be read or is remembered: a hook only takes what is."""
    remembered = f"{repository.common_dir}/syncpoints/drift"
    return any(context.components.values()) and (request.build_history or os.path.exists(remembered))


def _with_sign_offs(context: ReviewContext, sources: Sources) -> ReviewContext:
    """Return the context with its sync points judged; signatures and older commits are read where they matter."""
    context = context._replace(touched=touched_syncpoints(context))
    signatures = sources.signatures(context)
    if signatures:
        context = context._replace(sign_offs=context.sign_offs + signatures)
    reviewed, landings = sources.reviewed(context), sources.landings(context)
    if signatures or reviewed or landings:
        context = context._replace(reviewed={**context.reviewed, **reviewed}, landings=landings)
        context = context._replace(touched=touched_syncpoints(context))
    return context


def _choose(request: Request, repository: Repository, objects: Objects, environment: Mapping[str, str]) -> Range:
    head = objects.commit("HEAD")
    if request.range.staged:
        return staged_range(repository, head)
    from pytest_syncpoints.gather.choice import choose

    return choose(
        request.range,
        repository,
        head,
        environment,
        never_staged=request.never_staged or default_door(environment) == "ci",
        prefer_worktree=request.prefer_worktree,
    )


def _read(repository: Repository, objects: Objects, chosen: Range, reading: Reading) -> Change:
    if chosen.right is None and chosen.kind == "staged":
        return read_change(repository, chosen, reading)
    from pytest_syncpoints.gather.commits import read_commits

    head = chosen.right or (objects.commit("HEAD") if chosen.trust else None)
    commits = read_commits(repository, head, chosen.exclude) if head and head != chosen.exclude else ()
    tree = objects.tree_id(chosen.right) if chosen.right else None
    return read_change(repository, chosen, reading, commits, tree)


def _context(
    request: Request, repository: Repository, change: Change, trust: TrustRoots, policy: Policy
) -> ReviewContext:
    if policy.path is None and change.head is None:
        policy = trust.added_policy(change)  # nothing is trusted yet: the first policy judges the change that adds it
    if policy.path is None and request.require_policy:
        raise UsageError(
            "no policy at the target's tip, and --require-policy", remedy="syncpoints init --write, then land it"
        )
    paths = tuple(file.path for file in change.files)
    generated = generated_paths(paths, trust.read)
    ownership = trust.ownership(policy, change)
    components = components_by_path(paths, policy)
    contents = _contents(change, policy, generated, trust)
    context = ReviewContext(
        change=change,
        door=request.door,
        policy=policy,
        people=_people(policy, trust, request.forge),
        ownership=ownership,
        size=measure(change.files, policy, generated, contents, tiers_by_path(components, policy)),
        evaluated_at=time.time() if request.now is None else request.now,
        components=components,
        old_blobs={},
        policy_edits=tuple(trust.policy_edit(file) for file in change.files if file.path in POLICY_PATHS),
        owners_edit=trust.owners_edit(policy, change, ownership, lambda: tracked_paths(repository, change)),
        generated=generated | contents.generated,
        sign_offs=tuple(sign_offs(change.commits)),
        forge=request.forge,
        tests_ran=request.tests_ran,
        imports=imports_among(paths, contents.imports),
        body_edits=body_edits(change.files, contents),
        beside=contents.beside,
    )
    return context._replace(old_blobs=_old_blobs(context, trust))


def _reversibility(
    repository: Repository, change: Change, objects: Objects, detectors: Sequence[Detector]
) -> Reversibility:
    """Return what detectors say of the files they want; contents are read, and libraries loaded, for these alone."""
    wanting = wanted(detectors, change.files)
    if not wanting:
        return Reversibility()
    from pytest_syncpoints.gather.reversibility import read_reversibility

    return read_reversibility(repository, change, wanting, objects)


def _contents(change: Change, policy: Policy, generated: frozenset[str], trust: TrustRoots) -> Contents:
    if not any(file.hunks for file in change.files):
        return NOTHING_READ
    from pytest_syncpoints.gather.contents import read_contents

    return read_contents(change.files, policy, generated, trust.blob)


def _people(policy: Policy, trust: TrustRoots, forge: ForgeFacts | None) -> People:
    mailmap = trust.read(".mailmap") or b""
    return (
        People.build(policy, mailmap, forge.identities, forge.team_members) if forge else People.build(policy, mailmap)
    )


def _old_blobs(context: ReviewContext, trust: TrustRoots) -> dict[str, bytes]:
    """Return old contents of modified files that some sync point covers: their context lines bind its digest."""
    everything = any(not syncpoint.components for syncpoint in context.policy.syncpoints)
    return {
        file.old_oid: trust.blob(file.old_oid)
        for file in context.change.files
        if file.hunks
        and not file.is_gitlink
        and (
            (file.status in ("M", "T") and (everything or context.components[file.path] or _owned(context, file.path)))
            or (file.status != "A" and context.tests_ran and file.path.endswith(".py"))  # may hold contract tests
        )
    }


def _owned(context: ReviewContext, path: str) -> bool:
    return context.policy.path is None and bool(required_owners(context, path))


def named_plugins(policy: Policy, repository: Repository) -> Plugins | None:
    """Return the plugins a policy names, loaded; none, and none of their machinery, where it names none."""
    if not policy.plugins:
        return None
    from pytest_syncpoints.plugins import plugin_manager

    return plugin_manager(policy.plugins, worktree=repository.top)


def _detectors(plugins: Plugins | None) -> tuple[Detector, ...]:
    if plugins is None:
        return DETECTORS
    from pytest_syncpoints.plugins import all_detectors

    return all_detectors(plugins)


def _checks(request: Request, plugins: Plugins | None) -> tuple[Check, ...]:
    from pytest_syncpoints.checks import CHECKS

    checks = CHECKS
    if plugins is not None:
        from pytest_syncpoints.plugins import all_checks

        checks = all_checks(plugins)
    if request.flow:
        from pytest_syncpoints.checks import flow

        checks = (*checks, flow)
    return checks
