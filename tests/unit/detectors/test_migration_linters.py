"""The rules of django-migration-linter and squawk that concern data loss or locks, each beside our verdict.

django-migration-linter: docs/incompatibilities.md at commit d55ba66 (2026-01), https://github.com/3YOURMIND/django-migration-linter ;
squawk: docs/docs/*.md at commit 5125ddf5 (2026-08), https://github.com/sbdchd/squawk . A row without a code says why.
"""

from __future__ import annotations

import pytest
from tests.detecting import codes, migration

MIGRATION = "shop/migrations/0042_change.py"
SQL = "db/migrations/0042_change.sql"

DJANGO_MIGRATION_LINTER = [
    ("NOT_NULL", "migrations.AddField('a', 'b', models.IntegerField())", ["REV001"]),
    ("DROP_COLUMN", "migrations.RemoveField('a', 'b')", ["REV003"]),
    ("DROP_TABLE", "migrations.DeleteModel('a')", ["REV003"]),
    ("RENAME_COLUMN", "migrations.RenameField('a', 'b', 'c')", ["REV001"]),
    ("RENAME_TABLE", "migrations.RenameModel('a', 'b')", ["REV001"]),
    ("ALTER_COLUMN", "migrations.RunSQL('ALTER TABLE a ALTER COLUMN b TYPE int', '')", ["REV003"]),
    ("ADD_UNIQUE", "migrations.AlterUniqueTogether('a', {('b', 'c')})", ["REV001"]),
    ("RUNPYTHON_REVERSIBLE", "migrations.RunPython(forwards)", ["REV002"]),
    ("RUNSQL_REVERSIBLE", "migrations.RunSQL('SELECT 1')", ["REV002"]),
    ("CREATE_INDEX", "migrations.AddIndex('a', models.Index(fields=['b'], name='i'))", ["REV001"]),
    ("CREATE_INDEX_EXCLUSIVE", "AddIndexConcurrently('a', models.Index(fields=['b'], name='i'))", ["REV001"]),
    ("DROP_INDEX", "migrations.RemoveIndex('a', 'i')", ["REV001"]),
    ("REINDEX", "migrations.RunSQL('REINDEX TABLE a', '')", ["REV001"]),
]


@pytest.mark.parametrize(("rule", "operation", "expected"), DJANGO_MIGRATION_LINTER, ids=lambda value: str(value)[:40])
def test_a_rule_of_django_migration_linter(rule: str, operation: str, expected: list[str]) -> None:
    assert codes({MIGRATION: (None, migration(operation))}) == expected, rule


SQUAWK = [
    ("adding-field-with-default", "ALTER TABLE a ADD COLUMN b int DEFAULT random()", ["REV001"]),
    ("adding-field-with-default: one value for all rows", "ALTER TABLE a ADD COLUMN b int DEFAULT 10 NOT NULL", []),
    ("adding-foreign-key-constraint", "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c (d)", ["REV001"]),
    ("adding-foreign-key-constraint: not valid", "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c (d) NOT VALID", []),
    ("adding-not-nullable-field", "ALTER TABLE a ALTER COLUMN b SET NOT NULL", ["REV001"]),
    ("adding-required-field", "ALTER TABLE a ADD COLUMN b boolean NOT NULL", ["REV001"]),
    ("adding-serial-primary-key-field", "ALTER TABLE a ADD COLUMN id serial PRIMARY KEY", ["REV001", "REV001"]),
    ("ban-alter-domain-with-add-constraint", "ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0)", ["REV001"]),
    ("ban-drop-column", "ALTER TABLE a DROP COLUMN b", ["REV003"]),
    ("ban-drop-database", "DROP DATABASE IF EXISTS d", ["REV003"]),
    ("ban-drop-not-null", "ALTER TABLE a ALTER COLUMN b DROP NOT NULL", ["REV001"]),
    ("ban-drop-table", "DROP TABLE IF EXISTS a", ["REV003"]),
    ("ban-truncate-cascade", "TRUNCATE a CASCADE", ["REV003"]),
    ("changing-column-type", "ALTER TABLE a ALTER COLUMN b TYPE varchar(10)", ["REV003"]),
    ("changing-column-type: a wider one", "ALTER TABLE a ALTER COLUMN b TYPE text", ["REV001"]),
    ("constraint-missing-not-valid", "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", ["REV001"]),
    ("constraint-missing-not-valid: not valid", "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID", []),
    ("disallowed-unique-constraint", "ALTER TABLE a ADD CONSTRAINT u UNIQUE (b)", ["REV001"]),
    ("disallowed-unique-constraint: using an index", "ALTER TABLE a ADD CONSTRAINT u UNIQUE USING INDEX i", []),
    ("adding-primary-key-constraint", "ALTER TABLE a ADD PRIMARY KEY (id)", ["REV001"]),
    ("adding-primary-key-constraint: using an index", "ALTER TABLE a ADD CONSTRAINT p PRIMARY KEY USING INDEX i", []),
    ("prefer-repack: vacuum full", "VACUUM FULL a", ["REV001"]),
    ("prefer-repack: cluster", "CLUSTER a USING a_pkey", ["REV001"]),
    ("renaming-column", "ALTER TABLE a RENAME COLUMN b TO c", ["REV001"]),
    ("renaming-table", "ALTER TABLE a RENAME TO b", ["REV001"]),
    ("require-concurrent-index-creation", "CREATE INDEX i ON a (b)", ["REV001"]),
    ("require-concurrent-index-creation: concurrently", "CREATE INDEX CONCURRENTLY i ON a (b)", []),
    ("require-concurrent-index-deletion", "DROP INDEX i", ["REV001"]),
    ("require-concurrent-index-deletion: concurrently", "DROP INDEX CONCURRENTLY i", []),
    ("require-concurrent-partition-detach", "ALTER TABLE a DETACH PARTITION p", ["REV001"]),
    ("require-concurrent-partition-detach: concurrently", "ALTER TABLE a DETACH PARTITION p CONCURRENTLY", []),
    ("require-concurrent-reindex", "REINDEX INDEX i", ["REV001"]),
    ("require-concurrent-reindex: concurrently", "REINDEX INDEX CONCURRENTLY i", []),
    # Not raised here, each for its reason.
    ("ban-create-domain-with-constraint: a new domain is used by no column yet", "CREATE DOMAIN d AS int CHECK (value > 0)", []),
    ("ban-concurrent-index-creation-in-transaction: PostgreSQL refuses it, nothing is lost", "BEGIN; CREATE INDEX CONCURRENTLY i ON a (b); COMMIT", []),
    ("require-timeout-settings: how long a lock may be waited for is the runner's setting", "SELECT 1", []),
    ("ban-uncommitted-transaction: nothing is applied, so nothing is lost", "BEGIN; CREATE TABLE b (id bigint)", []),
    ("transaction-nesting: a warning of the server, nothing is lost", "BEGIN; BEGIN; COMMIT", []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "statement", "expected"), SQUAWK, ids=[row[0] for row in SQUAWK])
def test_a_rule_of_squawk(rule: str, statement: str, expected: list[str]) -> None:
    assert codes({SQL: (None, f"{statement};\n")}) == expected, rule
