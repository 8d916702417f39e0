"""SQL migrations: which files are read, which statements are lost on a reader of words, and what is not SQL at all."""

from __future__ import annotations

import sys

import pytest
from tests.detecting import codes, findings, undoing

PATH = "db/migrations/0042_change.sql"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("-- DROP TABLE a;\n/* DROP TABLE b; */\nSELECT 'DROP TABLE c;';", [], id="comments and strings"),
        pytest.param("CREATE TABLE a (b int); CREATE INDEX i ON a (b); DROP TABLE a;", [], id="a table of its own"),
        pytest.param('CREATE TABLE "A" (b int); ALTER TABLE "A" ADD COLUMN c int NOT NULL;', [], id="a quoted table of its own"),
        pytest.param("DELETE FROM a WHERE b = 1;", ["REV003"], id="deleted rows"),
        pytest.param("UPDATE a SET b = 1;", ["REV002"], id="values overwritten"),
        pytest.param("ALTER TABLE a ADD COLUMN b int; UPDATE a SET b = c;", [], id="a new column filled"),
        pytest.param("INSERT INTO a VALUES (1);", [], id="new rows"),
        pytest.param("DROP VIEW v; DROP FUNCTION f(int); DROP TRIGGER t ON a; DROP POLICY p ON a;", [], id="definitions"),
        pytest.param("DROP TYPE t;", [], id="a type nobody uses, else the server refuses"),
        pytest.param("DROP TYPE t CASCADE;", ["REV003"], id="a type with its columns"),
        pytest.param("ALTER TYPE e ADD VALUE 'x';", ["REV001"], id="a value of an enumerated type"),
        pytest.param("ALTER TABLE a OWNER TO b; ALTER TABLE a ENABLE ROW LEVEL SECURITY;", [], id="rights"),
        pytest.param("ALTER TABLE a FROBNICATE b;", ["REV003"], id="a form nobody knows"),
        pytest.param("ALTER TABLE `a` MODIFY COLUMN `b` varchar(5) NOT NULL;", ["REV001", "REV003"], id="MySQL"),
        pytest.param("ALTER TABLE `a` CHANGE `b` `c` text;", ["REV001", "REV001"], id="MySQL, renamed"),
        pytest.param("ALTER TABLE [dbo].[a] DROP COLUMN [b];", ["REV003"], id="SQL Server"),
        pytest.param("CREATE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM a; END $$ LANGUAGE plpgsql;", [], id="the body of a routine"),
        pytest.param("CREATE PROCEDURE p() BEGIN DELETE FROM a; DROP TABLE b; END; SELECT 1;", [], id="the body of a MySQL routine"),
        pytest.param("DO $$ BEGIN IF true THEN DROP TABLE a; END IF; END $$;", ["REV003"], id="an anonymous block runs"),
    ],
)  # fmt: skip
def test_statements_of_a_new_migration(text: str, expected: list[str]) -> None:
    assert codes({PATH: (None, text)}) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("db/migrations/1.sql", True, id="a folder of migrations"),
        pytest.param("prisma/migrations/2024_x/migration.sql", True, id="Prisma"),
        pytest.param("sql/V2__drop.sql", True, id="Flyway"),
        pytest.param("sql/2_drop.up.sql", True, id="golang-migrate"),
        pytest.param("sql/2_drop.down.sql", False, id="the step back"),
        pytest.param("sql/U2__drop.sql", False, id="Flyway's step back"),
        pytest.param("tests/migrations/1.sql", False, id="a test"),
        pytest.param("queries/report.sql", False, id="a query"),
    ],
)
def test_which_files_are_migrations(path: str, *, expected: bool) -> None:
    assert ("REV003" in codes({path: (None, "DROP TABLE a;")})) is expected


def test_the_step_back_of_one_file_is_not_judged_and_its_lack_is_said() -> None:
    both = "-- migrate:up\nALTER TABLE a ADD COLUMN b int;\n-- migrate:down\nALTER TABLE a DROP COLUMN b;\n"
    assert codes({PATH: (None, both)}) == []
    assert codes({PATH: (None, both.partition("ALTER TABLE a DROP")[0])}) == ["REV002"]
    assert codes({PATH: (None, "-- +goose Up\nDROP TABLE a;\n-- +goose Down\nSELECT 1;\n")}) == ["REV003"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('UP = """\nALTER TABLE a DROP COLUMN b;\n"""\nDOWN = "ALTER TABLE a ADD COLUMN b int"\n', ["REV003"], id="constants"),
        pytest.param('UP = "ALTER TABLE a ADD COLUMN b int"\n', ["REV002"], id="no step back"),
        pytest.param('from yoyo import step\nsteps = [step("DROP TABLE a", "CREATE TABLE a (b int)")]\n', ["REV003"], id="yoyo"),
        pytest.param('from yoyo import step\nsteps = [step("CREATE TABLE a (b int)")]\n', ["REV002"], id="yoyo, no step back"),
        pytest.param('UP = "CREATE TABLE a (b int)"\nDOWN = "DROP TABLE a"\n', [], id="the step back drops"),
        pytest.param('"""DROP TABLE a"""\nNOTE = "DROP TABLE a"\n', [], id="words"),
    ],
)  # fmt: skip
def test_sql_in_a_python_migration_of_ones_own(text: str, expected: list[str]) -> None:
    assert codes({"db/migrations/0042_change.py": (None, text)}) == expected


def test_a_pair_of_files_needs_both() -> None:
    up, down = "db/2.up.sql", "db/2.down.sql"
    assert codes({up: (None, "ALTER TABLE a ADD COLUMN b int;")}) == ["REV002"]
    assert codes({up: (None, "ALTER TABLE a ADD COLUMN b int;"), down: (None, "ALTER TABLE a DROP COLUMN b;")}) == []


def test_only_what_an_edit_adds_is_judged_and_comments_are_no_edit() -> None:
    before = "DROP TABLE a;\n"
    assert codes({PATH: (before, "-- once more\nDROP TABLE a;\n")}) == []
    assert codes({PATH: (before, before + "DROP TABLE b;\n")}) == ["REV001", "REV003"]


def test_a_finding_stands_at_its_line() -> None:
    (found,) = findings({PATH: (None, "-- a\nSELECT 1;\n\nDROP TABLE a;\n")})
    assert found.line == 4


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("SELECT 'never closed;\n", id="a string without end"),
        pytest.param("/* never closed\nDROP TABLE a;", id="a comment without end"),
        pytest.param("$a$ never closed", id="a dollar quote without end"),
        pytest.param("ALTER TABLE a ADD CHECK " + "(" * 3000 + "1" + ")" * 3000 + ";", id="deep nesting"),
        pytest.param("ALTER TABLE a ADD CHECK (" + "NOT " * 3000 + "b);", id="deep negation"),
        pytest.param("-" * (1 << 20) + "\n\n", id="a huge file"),
    ],
)
def test_what_cannot_be_understood_counts_as_irreversible(text: str) -> None:
    found = undoing({PATH: (None, text)})
    assert found.crashed == ()
    assert [finding.reversibility for finding in found.findings] == ["irreversible"]


def test_without_sqlglot_the_rest_is_judged_and_the_report_says_what_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    found = undoing(
        {PATH: (None, "DROP TABLE a;\nALTER TABLE b DROP COLUMN c;\n"), "db/migrations/3.sql": (None, "SELECT 1;")}
    )
    assert [finding.message for finding in found.findings] == ["drops table a with its rows"]
    assert found.skipped == (("sql", "sqlglot is not installed: pip install 'pytest-syncpoints[sql]'", (PATH,)),)
    assert found.irreversible([PATH, "db/migrations/3.sql"]) == (PATH,)
