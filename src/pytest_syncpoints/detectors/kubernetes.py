"""Kubernetes manifests: objects that take data with them, versions of custom resources, and fields that cannot change.

Immutable fields as the API server refuses them (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"Label selector updates", .../statefulset/, .../persistent-volumes/); versions of custom resources:
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/ .
"""

from __future__ import annotations

from functools import lru_cache

from pytest_syncpoints.detectors.documents import read_yaml
from pytest_syncpoints.subject import NotRead, Unparsed, costly, irreversible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

    Objects = dict[tuple[str, str, str], Any]

# What goes with the object when it is deleted.
HOLDS = {
    "PersistentVolumeClaim": "the data of its volume, where the reclaim policy is Delete",
    "PersistentVolume": "the way to its data",
    "Namespace": "everything in it",
    "CustomResourceDefinition": "every object of its kind",
    "StatefulSet": "the link to its volumes",
    "StorageClass": "the way its volumes are made",
    "Secret": "what it holds, which is nowhere else",
}
# Fields the API server refuses to change: the object must be deleted and made again.
FIXED: dict[str, tuple[tuple[str, ...], ...]] = {
    "Deployment": (("spec", "selector"),),
    "ReplicaSet": (("spec", "selector"),),
    "DaemonSet": (("spec", "selector"),),
    "StatefulSet": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "volumeClaimTemplates"),
        ("spec", "podManagementPolicy"),
    ),
    "Job": (("spec", "template"), ("spec", "selector")),
    "Service": (("spec", "clusterIP"),),
    "RoleBinding": (("roleRef",),),
    "ClusterRoleBinding": (("roleRef",),),
    "StorageClass": (("provisioner",), ("parameters",), ("reclaimPolicy",), ("volumeBindingMode",)),
    "PersistentVolumeClaim": (("spec", "storageClassName"), ("spec", "accessModes"), ("spec", "volumeMode")),
    "PriorityClass": (("value",),),
}
_WITH_DATA = ("PersistentVolumeClaim",)
_TEMPLATE = b"{{"
MOST_BYTES = 4 << 20


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what an edit deletes, what the server will refuse, and what old clients can no longer ask for."""
    if subject.before is None or not _is_manifest(subject.before):
        return
    before = _objects(_without(subject.before, subject.after))
    after = _objects(_without(subject.after, subject.before))
    for key, old in before.items():
        if key in after:
            yield from _edited(subject, key, old, after[key])
    gone = [key for key in before if key not in after and key[0] in HOLDS]
    elsewhere = _elsewhere(facts) if gone else set()  # other files are read only where something is missed
    for key in gone:
        if key not in elsewhere:
            yield _gone(subject, key)


def _is_manifest(content: bytes) -> bool:
    return b"apiVersion:" in content and b"kind:" in content


def _documents(content: bytes | None) -> list[bytes]:
    """Return the documents of a file as text: those that stay as they are need no parsing, and may be many."""
    return [part.strip() for part in (b"\n" + (content or b"")).split(b"\n---")]


def _without(content: bytes | None, other: bytes | None) -> list[bytes]:
    """Return the documents of a file that another state of it does not have."""
    known = set(_documents(other))
    return [part for part in _documents(content) if part not in known]


@lru_cache(maxsize=32)
def _parsed(document: bytes) -> list[Any]:
    """Return what a document holds; the same one often stands in several files of a change."""
    return read_yaml(document)


def _objects(documents: list[bytes]) -> Objects:
    size = sum(map(len, documents))
    if size > MOST_BYTES:
        raise Unparsed(f"{size:,} bytes of YAML that differ, more than the {MOST_BYTES:,} that are read")
    if any(_TEMPLATE in document for document in documents):
        raise NotRead("a template: what it will be is known once it is rendered")
    found: Objects = {}
    for document in (one for text in documents for one in _parsed(text)):
        items = document.get("items") if isinstance(document, dict) and document.get("kind") == "List" else None
        for one in items if isinstance(items, list) else [document]:
            if isinstance(one, dict) and isinstance(one.get("kind"), str) and "apiVersion" in one:
                said = one.get("metadata")
                metadata = said if isinstance(said, dict) else {}
                found[one["kind"], str(metadata.get("namespace", "")), str(metadata.get("name", ""))] = one
    return found


def _elsewhere(facts: Facts) -> set[tuple[str, str, str]]:
    """Return the objects that other files of the change hold."""
    found: set[tuple[str, str, str]] = set()
    for other in facts.subjects:
        if other.after is not None and _is_manifest(other.after):
            try:
                found |= _objects(_without(other.after, other.before)).keys()
            except (Unparsed, NotRead):
                continue
    return found


def _gone(subject: Subject, key: tuple[str, str, str]) -> Finding:
    kind, _, name = key
    return irreversible(
        subject,
        None,
        f"{kind} {name} is taken out: where manifests are pruned it goes with {HOLDS[kind]}",
        undo="make it again and restore what it held from a backup",
        remedy="keep it until what it holds was copied; set the reclaim policy to Retain first",
        anchor=f"{kind} {name}",
    )


def _edited(subject: Subject, key: tuple[str, str, str], old: Any, new: Any) -> Iterator[Finding]:
    kind, _, name = key
    for fields in FIXED.get(kind, ()):
        before, after = _at(old, fields), _at(new, fields)
        if before is not None and after is not None and before != after:
            yield _fixed(subject, kind, name, ".".join(fields))
    if kind == "CustomResourceDefinition":
        yield from _versions(subject, name, old, new)
    if (
        kind == "PersistentVolume"
        and _at(old, ("spec", "persistentVolumeReclaimPolicy")) == "Retain"
        and (_at(new, ("spec", "persistentVolumeReclaimPolicy")) in ("Delete", "Recycle"))
    ):
        yield costly(
            subject,
            subject.line_of(b"persistentVolumeReclaimPolicy"),
            f"{kind} {name} no longer keeps its data when the claim goes",
            undo="set Retain again; what was released meanwhile is gone",
            remedy="keep Retain, and delete volumes by hand",
            anchor=f"{name} reclaim",
        )
    if kind == "PersistentVolumeClaim" and _bytes(old) > _bytes(new) > 0:
        yield _fixed(subject, kind, name, "spec.resources.requests.storage (smaller)")
    if (old.get("immutable") is True) and (old.get("data"), new.get("data")) != (new.get("data"), old.get("data")):
        yield _fixed(subject, kind, name, "data (immutable: true)")


def _at(found: Any, fields: tuple[str, ...]) -> Any:
    for field in fields:
        found = found.get(field) if isinstance(found, dict) else None
    return found


def _fixed(subject: Subject, kind: str, name: str, field: str) -> Finding:
    line = subject.line_of(f"{field.rpartition('.')[2].partition(' ')[0]}:".encode())
    message = f"{field} of {kind} {name} cannot change in place: it must be deleted and made again"
    if kind in _WITH_DATA:
        return irreversible(
            subject,
            line,
            f"{message}, and its data goes with it",
            undo="restore the data from a backup into a new claim",
            remedy="make a second claim, copy the data, and move the workload over",
            anchor=f"{name} {field}",
        )
    return costly(
        subject,
        line,
        message,
        undo="delete it and apply the old manifest: a gap in service both ways",
        remedy="make a second object under another name, and take the old one out once nothing uses it",
        anchor=f"{name} {field}",
    )


def _versions(subject: Subject, name: str, old: Any, new: Any) -> Iterator[Finding]:
    served = {version: said for version, said in _served(old).items() if said}
    for version in served:
        if not _served(new).get(version, False):
            yield irreversible(
                subject,
                subject.line_of(b"versions:"),
                f"{name} no longer serves {version}: clients that ask for it fail, and objects stored in it are lost "
                "to the API server once it is gone from the stored versions",
                undo="serve the version again; it works while status.storedVersions still names it",
                remedy="serve both, migrate the stored objects, then stop serving the old version in a later change",
                anchor=f"{name} {version}",
            )


def _served(definition: Any) -> dict[str, bool]:
    versions = _at(definition, ("spec", "versions"))
    found = {}
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict):
            found[str(version.get("name"))] = version.get("served") is not False
    return found


_UNITS = {
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
}


def _bytes(claim: Any) -> float:
    said = str(_at(claim, ("spec", "resources", "requests", "storage")) or "")
    unit = next((unit for unit in _UNITS if said.endswith(unit)), "")
    amount = said.removesuffix(unit)
    return float(amount) * _UNITS.get(unit, 1) if amount.replace(".", "", 1).isdecimal() and len(amount) < 16 else 0.0
