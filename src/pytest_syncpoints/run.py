"""Run: the whole trip over one repository: choose the range, gather the facts, review them."""

from __future__ import annotations

import os
import time

from pytest_syncpoints.check import PolicyEdit, ReviewContext
from pytest_syncpoints.detectors import DETECTORS
from pytest_syncpoints.errors import CannotEvaluate, PolicyError, UsageError
from pytest_syncpoints.gather.attributes import generated_paths
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.changes import Reading, read_change, tracked_paths
from pytest_syncpoints.gather.git import Discovery, remote_url, resolve
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.ranges import (
    RangeRequest,
    base_range,
    check_request,
    commit_range,
    named_base,
    refs_range,
    staged_range,
    worktree_range,
    worktree_since,
)
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
from pytest_syncpoints.undoing import judged, taken_back, wanted
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

    A test session reviews it twice, before and after its tests; everything else asks once.
    """

    context: ReviewContext
    checks: tuple[Check, ...]
    selection: Selection
    past: WhatPastSays
    top: str | None
    object_format: str
    printed: str

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
    plugins = _Plugins(repository)
    context = gather(request, repository, environment, plugins)
    return Prepared(
        context=context,
        checks=plugins.checks(context.policy) + _push_checks(request),
        selection=request.selection,
        past=_past(request, repository, context.change),
        top=repository.top,
        object_format=repository.object_format,
        printed=environment.get("SOURCE_DATE_EPOCH", ""),
    )


def _past(request: Request, repository: Repository, change: Change) -> WhatPastSays:
    """Return what history says; a hook does not wait for it: a percentile walks through a year of changes."""
    if not request.build_history:
        return NOTHING_SAID
    from pytest_syncpoints.gather.look_back import look_back

    return look_back(repository, change)


def _push_checks(request: Request) -> tuple[Check, ...]:
    if not request.flow:
        return ()
    from pytest_syncpoints.checks import flow

    return (flow,)


def gather(
    request: Request,
    repository: Repository,
    environment: Mapping[str, str] = os.environ,
    plugins: _Plugins | None = None,
) -> ReviewContext:
    """Return everything known about a change, before any check is asked; raises as ``run`` does."""
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
        plugins = plugins or _Plugins(repository)
        context = _context(request, repository, change, trust, policy)
        detectors = plugins.detectors(context.policy)
        context = context._replace(reversibility=_reversibility(repository, change, objects, detectors))
        context = _with_api(_with_norms(context, objects), objects)
        context = _with_machine_work(repository, _supposed(context, request), trust)
        if request.flow and context.change.head and context.change.merge_base:
            from pytest_syncpoints.gather.push import with_flow

            context = with_flow(repository, context)
        context = plugins.add_facts(context)
        context = _with_history(context, repository)
        if chosen.trust and context.policy.components:
            context = _with_drift(context, request, repository, objects, chosen.trust, trust)
        context = _with_sign_offs(context, Sources(repository, objects, trust, request.notes))
        return _with_reviewers(context, repository, chosen.trust) if request.build_history and chosen.trust else context


def _policy(trust: TrustRoots, *, mendable: bool) -> Policy | None:
    """Return the trusted policy; ``None`` where it has faults that the change under review may mend."""
    try:
        return trust.policy()
    except PolicyError:
        if mendable:
            return None
        raise


def _with_history(context: ReviewContext, repository: Repository) -> ReviewContext:
    """Return the context with what history says of owners, where that matters; a commit never waits for it."""
    base = context.change.base
    if context.change.kind == "staged" or base is None:
        return context
    from pytest_syncpoints.checks.ownership import lacking_owner, visible_owners

    lacking = [file.path for file, _ in lacking_owner(context)]
    if lacking:
        from pytest_syncpoints.gather.activity import neighbours_writers

        writers = neighbours_writers(repository, base, lacking, context.people, context.evaluated_at)
        context = context._replace(writers=writers)
    if visible_owners(context):
        from pytest_syncpoints.gather.activity import active_people

        people = active_people(repository, base, context.evaluated_at)
        if people is not None:
            context = context._replace(active=frozenset(context.people.resolve(person) for person in people))
    return context


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


def _with_drift(
    context: ReviewContext,
    request: Request,
    repository: Repository,
    objects: Objects,
    head: str,
    trust: TrustRoots,
) -> ReviewContext:
    """Return the context with drift, where the change touches a component; a hook only takes what is remembered."""
    if not any(context.components.values()):
        return context
    if not request.build_history and not os.path.exists(f"{repository.common_dir}/syncpoints/drift"):
        return context
    from pytest_syncpoints.gather.drifting import drift_of

    mailmap = trust.read(".mailmap") or b""
    facts = drift_of(context, repository, objects, head, mailmap, build=request.build_history)
    return context._replace(drift=facts)


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


def _with_reviewers(context: ReviewContext, repository: Repository, head: str) -> ReviewContext:
    """Return the context with who could close what is open, where somebody has to."""
    if not any(m.status in ("open", "stale") for touched in context.touched for m in touched.meetings):
        return context
    from pytest_syncpoints.gather.suggesting import suggested

    return context._replace(suggested=suggested(context, repository, head))


def _choose(request: Request, repository: Repository, objects: Objects, environment: Mapping[str, str]) -> Range:
    asked = request.range
    if asked.staged:
        return staged_range(repository, objects.commit("HEAD"))
    if asked.worktree:
        return worktree_range(objects.commit("HEAD"))
    if asked.commit:
        return commit_range(repository, asked.commit)
    if asked.to_ref:
        return refs_range(repository, asked.from_ref, asked.to_ref, environment)
    if asked.base and not request.prefer_worktree:
        return base_range(repository, named_base(repository, asked.base), resolve(repository, asked.head or "HEAD"))
    return _choose_for(request, repository, objects, environment)


def _choose_for(request: Request, repository: Repository, objects: Objects, environment: Mapping[str, str]) -> Range:
    head = objects.commit("HEAD")
    if not (request.never_staged or request.prefer_worktree or default_door(environment) == "ci"):
        staged = staged_range(repository, head)
        if head is None or Reading(repository, staged).files():
            return staged
    if head is None:
        return worktree_range(None) if request.prefer_worktree else staged_range(repository, None)
    base = named_base(repository, request.range.base) if request.range.base else detect_base(repository, environment)
    if request.prefer_worktree:
        return worktree_since(repository, base, head) if base else worktree_range(head)
    if base is None:
        raise CannotEvaluate(
            "no base to compare with could be detected", remedy="name one: --base REV, or --commit REV"
        )
    return base_range(repository, base, head)


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
        policy_edits=tuple(_policy_edits(change, trust)),
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


def _supposed(context: ReviewContext, request: Request) -> ReviewContext:
    if not request.as_if:
        return context
    from pytest_syncpoints.simulation import suppose

    return suppose(context, request.as_if)


def _reversibility(
    repository: Repository, change: Change, objects: Objects, detectors: Sequence[Detector]
) -> Reversibility:
    """Return what detectors say of the files they want; contents are read, and libraries loaded, for these alone."""
    wanting = wanted(detectors, change.files)
    if not wanting:
        return Reversibility()
    from pytest_syncpoints.gather.apart import ask_apart
    from pytest_syncpoints.gather.subjects import read_facts, read_subjects

    subjects = read_subjects(change, wanting, objects)
    found = judged(wanting, subjects, read_facts(repository, change, wanting, objects), ask=ask_apart)
    if not found.findings:
        return found
    from pytest_syncpoints.gather.undone import find_undone

    undone = find_undone(repository, change)
    return taken_back(found, undone.sha, undone.subject) if undone is not None else found


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


def _policy_edits(change: Change, trust: TrustRoots) -> list[PolicyEdit]:
    return [trust.policy_edit(file) for file in change.files if file.path in POLICY_PATHS]


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


class _Plugins:
    """The plugins a policy names, loaded once; without any, the literal table spares a hook the plugin machinery."""

    def __init__(self, repository: Repository) -> None:
        """Remember where no plugin may come from."""
        self._worktree = repository.top
        self._loaded: Plugins | None = None

    def _load(self, policy: Policy) -> Plugins:
        from pytest_syncpoints.plugins import plugin_manager

        self._loaded = self._loaded or plugin_manager(policy.plugins, worktree=self._worktree)
        return self._loaded

    def add_facts(self, context: ReviewContext) -> ReviewContext:
        """Return the context with the norms plugins judged and the sign-offs they found."""
        if not context.policy.plugins:
            return context
        from pytest_syncpoints.plugins import more_facts

        return more_facts(self._load(context.policy), context)

    def detectors(self, policy: Policy) -> tuple[Detector, ...]:
        """Return the detectors to ask."""
        if not policy.plugins:
            return DETECTORS
        from pytest_syncpoints.plugins import all_detectors

        return all_detectors(self._load(policy))

    def checks(self, policy: Policy) -> tuple[Check, ...]:
        """Return the checks to ask."""
        if not policy.plugins:
            from pytest_syncpoints.checks import CHECKS

            return CHECKS
        from pytest_syncpoints.plugins import all_checks

        return all_checks(self._load(policy))
