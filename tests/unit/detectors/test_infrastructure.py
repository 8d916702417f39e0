"""Terraform and Kubernetes: what an apply would destroy."""

from __future__ import annotations

import sys

import pytest
from tests.detecting import codes, findings, undoing

BUCKET = 'resource "aws_s3_bucket" "logs" {\n  bucket = "acme-logs"\n}\n'
ROLE = 'resource "aws_iam_role" "ci" {\n  name = "ci"\n}\n'
GUARDED = BUCKET.replace("}\n", "  lifecycle {\n    prevent_destroy = true\n  }\n}\n")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(BUCKET, "", ["REV003"], id="a resource that holds data goes"),
        pytest.param(ROLE, "", ["REV001"], id="a resource that holds none goes"),
        pytest.param('module "db" {\n  source = "./db"\n}\n', "", ["REV003"], id="a module goes"),
        pytest.param(BUCKET, BUCKET.replace('"acme-logs"', '"acme-log"'), ["REV003"], id="an attribute that replaces"),
        pytest.param(BUCKET, BUCKET.replace('"acme-logs"', "var.name"), [], id="a value that is computed"),
        pytest.param(BUCKET, BUCKET.replace('"acme-logs"', '"acme-logs"\n  force_destroy = false'), [], id="a guard that comes"),
        pytest.param(GUARDED, BUCKET, ["REV001"], id="prevent_destroy goes"),
        pytest.param('resource "a" "b" {\n  deletion_protection = true\n}\n', 'resource "a" "b" {\n  deletion_protection = false\n}\n', ["REV001"], id="deletion protection goes"),
        pytest.param(BUCKET, '# bucket for logs\n' + BUCKET.replace("  bucket", "    bucket"), [], id="a comment and spaces"),
        pytest.param(BUCKET, BUCKET.replace('"logs"', '"log"') + "moved {\n  from = aws_s3_bucket.logs\n  to = aws_s3_bucket.log\n}\n", [], id="a moved block"),
        pytest.param(BUCKET, "removed {\n  from = aws_s3_bucket.logs\n  lifecycle {\n    destroy = false\n  }\n}\n", [], id="let go of, not destroyed"),
        pytest.param("# " + ROLE.replace("\n", "\n# "), "", [], id="commented out"),
        pytest.param('locals {\n  x = <<EOT\nresource "aws_s3_bucket" "x" {\n}\nEOT\n}\n', "", [], id="in a heredoc"),
        pytest.param('locals {\n  x = "resource ${jsonencode({ a = "}" })}"\n}\n' + BUCKET, 'locals {\n}\n' + BUCKET, [], id="braces in a string"),
    ],
)  # fmt: skip
def test_terraform(before: str, after: str, expected: list[str]) -> None:
    assert codes({"infra/main.tf": (before, after)}) == expected
    assert codes({"examples/main.tf": (before, after)}) == []


def test_a_resource_that_goes_to_another_file_stays() -> None:
    assert codes({"a.tf": (BUCKET, ""), "b.tf": ("", BUCKET)}) == []
    assert codes({"a.tf": (BUCKET, None)}) == ["REV003"]


def test_a_finding_of_what_is_gone_stands_where_it_was() -> None:
    (found,) = findings({"a.tf": (ROLE + BUCKET, ROLE)})
    assert found.line == 3


CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: fast
  resources: {requests: {storage: 20Gi}}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crons.acme.example}
spec:
  versions:
    - {name: v1beta1, served: true}
    - {name: v1, served: true}
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(CLAIM, "", ["REV003"], id="a claim goes"),
        pytest.param(DEPLOYMENT, "", [], id="a deployment goes, and holds nothing"),
        pytest.param(CLAIM, CLAIM.replace("fast", "slow"), ["REV003"], id="a claim of another class"),
        pytest.param(CLAIM, CLAIM.replace("20Gi", "10Gi"), ["REV003"], id="a smaller claim"),
        pytest.param(CLAIM, CLAIM.replace("20Gi", "0.5Ti"), [], id="a larger claim"),
        pytest.param(DEPLOYMENT, DEPLOYMENT.replace("app: web", "app: site"), ["REV001"], id="another selector"),
        pytest.param(DEPLOYMENT, DEPLOYMENT.replace("2", "3"), [], id="more replicas"),
        pytest.param(DEFINITION, DEFINITION.replace("{name: v1beta1, served: true}", "{name: v1beta1, served: false}"), ["REV003"], id="a version no longer served"),
        pytest.param(DEFINITION, DEFINITION.replace("    - {name: v1beta1, served: true}\n", ""), ["REV003"], id="a version that goes"),
        pytest.param(DEFINITION, DEFINITION + "    - {name: v2, served: true}\n", [], id="a version that comes"),
        pytest.param("name: ci\non: push\n", "name: ci\non: pull_request\n", [], id="YAML of another kind"),
        pytest.param("# " + CLAIM.replace("\n", "\n# ") + "\n---\n" + DEPLOYMENT, DEPLOYMENT, [], id="a comment"),
    ],
)  # fmt: skip
def test_kubernetes(before: str, after: str, expected: list[str]) -> None:
    assert codes({"k8s/app.yaml": (before, after)}) == expected


def test_documents_that_stay_as_they_are_need_no_reading() -> None:
    large = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: " + "x" * (1 << 20) + "\n---\n"
    assert codes({"k8s/all.yaml": (large + CLAIM, large + CLAIM.replace("fast", "slow"))}) == ["REV003"]


def test_an_object_that_goes_to_another_file_stays() -> None:
    assert codes({"k8s/a.yaml": (CLAIM, None), "k8s/b.yml": (None, CLAIM)}) == []


def test_a_template_is_skipped_with_the_reason_and_never_passed() -> None:
    found = undoing({"chart/templates/pvc.yaml": (CLAIM, CLAIM.replace("fast", "{{ .Values.class }}"))})
    ((name, why, paths),) = found.skipped
    assert (name, paths) == ("kubernetes", ("chart/templates/pvc.yaml",))
    assert "template" in why


def test_without_a_yaml_reader_manifests_are_skipped_and_other_yaml_is_not_mentioned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    found = undoing(
        {"k8s/a.yaml": (CLAIM, CLAIM.replace("fast", "unheard-of")), "ci.yaml": ("on: push\n", "on: pull\n")}
    )
    assert [name for name, _, _ in found.skipped] == ["kubernetes"]
    assert found.irreversible(["k8s/a.yaml", "ci.yaml"]) == ("k8s/a.yaml",)


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n > 1 else '*a'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.tf", 'resource "a" "b" {\n', id="a brace without end"),
        pytest.param("a.tf", "a {\n" * 200 + "}\n" * 200, id="deep blocks"),
        pytest.param("a.tf", 'x = "never closed\n', id="a string without end"),
        pytest.param("a.yaml", CLAIM + "x: [\n", id="broken YAML"),
        pytest.param("a.yaml", CLAIM + "x: " + "[" * 50_000, id="deep brackets"),
        pytest.param("a.yaml", CLAIM + "x:\n  " + "- " * 50_000 + "1\n", id="deep dashes"),
        pytest.param("a.yaml", CLAIM + LAUGHS, id="a billion laughs"),
    ],
)
def test_what_cannot_be_understood_counts_as_irreversible(path: str, text: str) -> None:
    before = CLAIM if path.endswith("yaml") else BUCKET
    found = undoing({path: (before, text)})
    assert found.crashed == ()
    assert [finding.reversibility for finding in found.findings] == ["irreversible"]
