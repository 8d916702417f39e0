"""Terraform: resources that go, guards that go, and attributes whose change destroys and creates anew.

``moved`` and ``removed`` blocks: https://developer.hashicorp.com/terraform/language/moved , .../block/removed ;
``prevent_destroy``: .../language/meta-arguments/lifecycle . That an attribute forces a new resource is what the
providers' pages mark "Forces new resource"; the table has only resources that hold data.
"""

from __future__ import annotations

from pytest_syncpoints.detectors.hcl import Block, read
from pytest_syncpoints.subject import Unparsed, costly, irreversible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

# Resources that hold data, and the attributes of each whose change replaces it.
STATEFUL: dict[str, tuple[str, ...]] = {
    "aws_db_instance": ("engine", "identifier", "db_name", "availability_zone", "storage_encrypted", "username"),
    "aws_rds_cluster": ("engine", "cluster_identifier", "database_name", "master_username", "storage_encrypted"),
    "aws_rds_global_cluster": ("global_cluster_identifier", "engine"),
    "aws_s3_bucket": ("bucket", "bucket_prefix"),
    "aws_dynamodb_table": ("name", "hash_key", "range_key"),
    "aws_ebs_volume": ("availability_zone", "encrypted", "kms_key_id", "snapshot_id"),
    "aws_efs_file_system": ("creation_token", "encrypted", "performance_mode", "kms_key_id"),
    "aws_elasticache_cluster": ("cluster_id", "engine"),
    "aws_elasticache_replication_group": ("replication_group_id", "at_rest_encryption_enabled"),
    "aws_opensearch_domain": ("domain_name",),
    "aws_elasticsearch_domain": ("domain_name",),
    "aws_redshift_cluster": ("cluster_identifier", "database_name", "master_username"),
    "aws_docdb_cluster": ("cluster_identifier", "master_username", "storage_encrypted"),
    "aws_neptune_cluster": ("cluster_identifier", "storage_encrypted"),
    "aws_kms_key": (),
    "aws_secretsmanager_secret": ("name",),
    "aws_sqs_queue": ("name", "fifo_queue"),
    "aws_kinesis_stream": ("name",),
    "aws_ecr_repository": ("name",),
    "aws_cognito_user_pool": ("alias_attributes", "username_attributes"),
    "aws_route53_zone": ("name",),
    "aws_eip": (),
    "aws_backup_vault": ("name",),
    "google_sql_database_instance": ("name", "region", "master_instance_name"),
    "google_sql_database": ("name", "instance"),
    "google_storage_bucket": ("name", "location", "project"),
    "google_bigquery_dataset": ("dataset_id", "location", "project"),
    "google_bigquery_table": ("table_id", "dataset_id", "time_partitioning"),
    "google_spanner_instance": ("name", "config"),
    "google_spanner_database": ("name", "instance"),
    "google_firestore_database": ("name", "location_id"),
    "google_compute_disk": ("name", "zone", "image", "snapshot"),
    "google_redis_instance": ("name", "region", "tier"),
    "google_kms_crypto_key": ("name", "key_ring"),
    "google_pubsub_topic": ("name",),
    "google_pubsub_subscription": ("name", "topic"),
    "azurerm_storage_account": ("name", "location", "resource_group_name", "account_kind"),
    "azurerm_storage_container": ("name", "storage_account_name"),
    "azurerm_mssql_database": ("name", "server_id", "collation"),
    "azurerm_mssql_server": ("name", "location", "resource_group_name"),
    "azurerm_postgresql_flexible_server": ("name", "location", "administrator_login"),
    "azurerm_mysql_flexible_server": ("name", "location", "administrator_login"),
    "azurerm_cosmosdb_account": ("name", "location", "kind"),
    "azurerm_key_vault": ("name", "location", "resource_group_name"),
    "azurerm_managed_disk": ("name", "location", "storage_account_type_zone"),
    "azurerm_resource_group": ("name", "location"),
    "kubernetes_persistent_volume_claim": ("metadata",),
    "kubernetes_namespace": ("metadata",),
    "digitalocean_database_cluster": ("engine", "name"),
    "digitalocean_volume": ("region", "name"),
    "random_password": ("length", "special", "keepers"),
    "tls_private_key": ("algorithm", "rsa_bits", "ecdsa_curve"),
}
# Guards against destruction, and the value that guards.
GUARDS = {
    "deletion_protection": "true",
    "deletion_protection_enabled": "true",
    "disable_api_termination": "true",
    "purge_protection_enabled": "true",
    "force_destroy": "false",
    "skip_final_snapshot": "false",
}
_RESTORE = "restore it from a backup or snapshot into a new resource, if there is one"


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what an edit destroys, replaces, or leaves without its guard."""
    if subject.before is None:
        return
    try:
        before = _resources(read(subject.before))
    except Unparsed:
        if subject.after is None:
            raise
        before = {}
    after = _resources(read(subject.after)) if subject.after is not None else {}
    elsewhere, moved = _elsewhere(facts)
    for address, block in before.items():
        if address in after:
            yield from _edited(subject, address, block, after[address])
        elif address not in elsewhere and address not in moved:
            yield _gone(subject, address, block)


def _resources(blocks: list[Block]) -> dict[str, Block]:
    found = {}
    for block in blocks:
        if block.kind == "resource" and len(block.labels) == 2:
            found[".".join(block.labels)] = block
        elif block.kind == "module" and block.labels:
            found[f"module.{block.labels[0]}"] = block
    return found


def _elsewhere(facts: Facts) -> tuple[set[str], set[str]]:
    """Return the addresses that other files of the change declare, and those it says were moved or let go."""
    declared: set[str] = set()
    moved: set[str] = set()
    for other in facts.subjects:
        try:
            blocks = read(other.after or b"")
        except Unparsed:
            continue
        declared |= _resources(blocks).keys()
        for block in blocks:
            if block.kind in ("moved", "removed"):
                kept = block.kind == "moved" or _is_kept(block)
                moved |= {block.attributes.get("from", "").split("[")[0]} if kept else set()
    return declared, moved


def _is_kept(removed: Block) -> bool:
    """Say whether a ``removed`` block leaves the resource alive, outside of Terraform."""
    lifecycle = removed.inner("lifecycle")
    return lifecycle is not None and lifecycle.attributes.get("destroy") == "false"


def _gone(subject: Subject, address: str, block: Block) -> Finding:
    line = subject.place_of_old(block.line)
    if block.labels[0] in STATEFUL or block.kind == "module":
        what = "every resource of it" if block.kind == "module" else "what it holds"
        return irreversible(
            subject,
            line,
            f"{address} is taken out: the next apply destroys it with {what}",
            undo=_RESTORE,
            remedy="a removed block with destroy = false lets go of it without destroying it; a moved block renames it",
            anchor=address,
        )
    return costly(
        subject,
        line,
        f"{address} is taken out: the next apply destroys it",
        undo="apply the declaration again; it comes back as another resource, with another id",
        remedy="a moved block where it only has another name; a removed block where something else owns it now",
        anchor=address,
    )


def _edited(subject: Subject, address: str, before: Block, after: Block) -> Iterator[Finding]:
    if _guarded(before, "prevent_destroy", "true") and not _guarded(after, "prevent_destroy", "true"):
        yield _unguarded(subject, after.line, address, "prevent_destroy")
    for guard, safe in GUARDS.items():
        if before.attributes.get(guard) == safe and after.attributes.get(guard) not in (safe, None):
            yield _unguarded(subject, after.line, address, guard)
    kind = before.labels[0]
    for name in STATEFUL.get(kind, ()):
        old, new = before.attributes.get(name), after.attributes.get(name)
        if old is not None and new is not None and old != new and not _is_reference(old, new):
            yield irreversible(
                subject,
                after.line,
                f"{name} of {address} changes, which destroys it and creates it anew, empty",
                undo=_RESTORE,
                remedy="create the new one beside it, copy what it holds, and take the old one out in a later change",
                anchor=f"{address} {name}",
            )


def _is_reference(old: str, new: str) -> bool:
    """Say whether a side is computed, such as ``var.name`` or ``local.name``: the value may well be the same."""
    return not (old.startswith('"') and new.startswith('"')) or "${" in old + new


def _guarded(block: Block, name: str, value: str) -> bool:
    lifecycle = block.inner("lifecycle")
    return lifecycle is not None and lifecycle.attributes.get(name) == value


def _unguarded(subject: Subject, line: int, address: str, guard: str) -> Finding:
    return costly(
        subject,
        line,
        f"{address} loses its guard {guard}: the next edit may destroy it",
        undo="set it again before anything else is applied; what is destroyed meanwhile is gone",
        remedy="keep the guard, and lift it only in the change that destroys the resource",
        anchor=f"{address} {guard}",
    )
