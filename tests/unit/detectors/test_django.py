"""Django migrations: what is lost, what is costly, and what only looks so."""

from __future__ import annotations

import pytest
from tests.detecting import HEAD, codes, findings, migration, undoing

from pytest_syncpoints.subject import Facts

PATH = "shop/migrations/0042_change.py"


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param("migrations.RemoveField('Order', 'total')", ["REV003"], id="a dropped column"),
        pytest.param("migrations.RemoveField(model_name='order', name='total')", ["REV003"], id="with keywords"),
        pytest.param("migrations.DeleteModel('Order')", ["REV003"], id="a dropped table"),
        pytest.param("migrations.RenameField('order', 'total', 'sum')", ["REV001"], id="a renamed column"),
        pytest.param("migrations.RenameModel('Order', 'Purchase')", ["REV001"], id="a renamed table"),
        pytest.param("migrations.AlterModelTable('order', 'orders')", ["REV001"], id="a table given another name"),
        pytest.param("migrations.AddField('order', 'note', models.TextField())", ["REV001"], id="a required column"),
        pytest.param(
            "migrations.AddField('order', 'note', models.TextField(default=''))", ["REV001"],
            id="a default of Django's is none of the database's",
        ),
        pytest.param("migrations.AddField('order', 'note', models.TextField(null=True))", [], id="an optional column"),
        pytest.param("migrations.AddField('order', 'n', models.IntegerField(db_default=1))", [], id="a database default"),
        pytest.param("migrations.AddField('order', 'tags', models.ManyToManyField(to='shop.Tag'))", [], id="no column"),
        pytest.param(
            "migrations.AddField('order', 'n', models.IntegerField(null=True, unique=True))", ["REV001"], id="unique"
        ),
        pytest.param("migrations.RunPython(fill)", ["REV002"], id="a data migration without a way back"),
        pytest.param("migrations.RunPython(fill, None)", ["REV002"], id="a way back that is None"),
        pytest.param("migrations.RunPython(fill, migrations.RunPython.noop)", [], id="a way back that does nothing"),
        pytest.param("migrations.RunPython(fill, reverse_code=empty)", [], id="a way back"),
        pytest.param("migrations.RunSQL('SELECT 1')", ["REV002"], id="SQL without a way back"),
        pytest.param("migrations.RunSQL('DROP TABLE a', 'CREATE TABLE a (b int)')", ["REV003"], id="SQL that drops"),
        pytest.param("migrations.RunSQL(['DROP TABLE a'], reverse_sql='')", ["REV003"], id="SQL in a list"),
        pytest.param("migrations.RunSQL(sql=f'DROP TABLE {name}', reverse_sql='')", ["REV003"], id="SQL in an f-string"),
        pytest.param("migrations.AddIndex('order', models.Index(fields=['a'], name='i'))", ["REV001"], id="an index"),
        pytest.param("AddIndexConcurrently('order', models.Index(fields=['a'], name='i'))", ["REV001"], id="concurrently, in a transaction"),
        pytest.param("migrations.RemoveIndex('order', 'i')", ["REV001"], id="an index that goes"),
        pytest.param("migrations.AddConstraint('order', models.UniqueConstraint(fields=['a'], name='u'))", ["REV001"], id="a constraint"),
        pytest.param("migrations.AlterUniqueTogether('order', {('a', 'b')})", ["REV001"], id="unique together"),
        pytest.param("migrations.AlterUniqueTogether(name='order', unique_together=set())", [], id="no longer unique"),
        pytest.param("migrations.RemoveConstraint('order', 'u')", [], id="a constraint that goes"),
        pytest.param("migrations.AlterModelOptions('order', {'ordering': ['a']})", [], id="nothing of the database"),
        pytest.param("migrations.CreateModel('Order', fields=[])", [], id="a new table"),
        pytest.param(
            "migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel('Order')])", [],
            id="a state operation leaves the database alone",
        ),
        pytest.param(
            "migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField('a', 'b')])", ["REV003"],
            id="a database operation does not",
        ),
    ],
)  # fmt: skip
def test_an_operation_of_a_new_migration(operation: str, expected: list[str]) -> None:
    assert codes({PATH: (None, migration(operation))}) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("tests/shop/migrations/0001.py", migration("migrations.DeleteModel('A')"), id="of a test project"),
        pytest.param("docs/migrations/0001.py", migration("migrations.DeleteModel('A')"), id="of the documentation"),
        pytest.param(PATH, migration("migrations.DeleteModel('A')", replaces="[('shop', '0001')]"), id="a squash"),
        pytest.param(PATH, migration() + "# migrations.DeleteModel('A')\nNOTE = \"migrations.DeleteModel('A')\"\n", id="a comment and a string"),
        pytest.param("shop/models.py", "from django.db import migrations\n", id="no migration"),
        pytest.param("shop/migrations/__init__.py", "", id="the package itself"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_loss(path: str, text: str) -> None:
    assert codes({path: (None, text)}) == []


def test_what_this_very_change_creates_holds_no_data_yet() -> None:
    first = migration(
        "migrations.CreateModel('Draft', fields=[])", "migrations.AddField('order', 'a', models.TextField(null=True))"
    )
    second = migration(
        "migrations.DeleteModel('Draft')",
        "migrations.RemoveField('order', 'a')",
        "migrations.AddIndex('draft', models.Index(fields=['a'], name='i'))",
    )
    assert codes({"shop/migrations/0001.py": (None, first), "shop/migrations/0002.py": (None, second)}) == []
    assert codes({"shop/migrations/0001.py": (None, first), "blog/migrations/0002.py": (None, second)}) == [
        "REV001",
        "REV003",
        "REV003",
    ]


def field(definition: str) -> str:
    return migration(f"migrations.AlterField('order', 'code', models.{definition})")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("CharField(max_length=50)", "CharField(max_length=20)", ["REV003"], id="a shorter text"),
        pytest.param("CharField(max_length=20)", "CharField(max_length=50)", [], id="a longer text"),
        pytest.param("TextField()", "CharField(max_length=20)", ["REV003"], id="a bound where there was none"),
        pytest.param("CharField(max_length=20)", "TextField()", [], id="no bound any more"),
        pytest.param("BigIntegerField()", "IntegerField()", ["REV003"], id="a smaller number"),
        pytest.param("IntegerField()", "BigIntegerField()", ["REV001"], id="a larger number, whose table is written anew"),
        pytest.param("DateTimeField()", "DateField()", ["REV003"], id="without the time"),
        pytest.param("CharField(max_length=9)", "IntegerField()", ["REV001"], id="another type"),
        pytest.param("DecimalField(max_digits=10, decimal_places=2)", "DecimalField(max_digits=8, decimal_places=2)", ["REV003"], id="fewer digits"),
        pytest.param("TextField(null=True)", "TextField()", ["REV001"], id="NULL no longer taken"),
        pytest.param("TextField()", "TextField(help_text='x')", [], id="only words"),
        pytest.param("CharField(max_length=9)", "CharField(max_length=9, unique=True)", ["REV001"], id="unique"),
        pytest.param("CharField(max_length=9)", "CharField(max_length=9, db_index=True)", ["REV001"], id="indexed"),
        pytest.param("CharField(max_length=9)", "SlugField(max_length=9)", [], id="kinds that are stored alike"),
    ],
)  # fmt: skip
def test_an_altered_field_is_held_against_what_it_was(before: str, after: str, expected: list[str]) -> None:
    earlier = migration(f"migrations.CreateModel('Order', fields=[('code', models.{before})])")
    facts = Facts(siblings={"shop/migrations/0001.py": earlier.encode()})
    assert codes({PATH: (None, field(after))}, facts=facts) == expected


def test_an_altered_field_whose_past_is_not_known_says_nothing() -> None:
    assert codes({PATH: (None, field("CharField(max_length=2)"))}) == []


def test_editing_a_landed_migration_is_said_once_and_formatting_it_is_not() -> None:
    before = migration("migrations.AddField('a', 'b', models.TextField(null=True))")
    dropped = migration(
        "migrations.AddField('a', 'b', models.TextField(null=True))", "migrations.RemoveField('a', 'c')"
    )
    assert codes({PATH: (before, dropped)}) == ["REV001", "REV003"]
    assert codes({PATH: (before, before.replace("'", '"'))}) == []
    assert codes({PATH: (before, before.replace("null=True", "null=True, help_text='x', blank=True"))}) == []
    assert codes({PATH: (before, before.replace("null=True", "unique=True, null=True"))}) == ["REV001", "REV001"]
    assert codes({PATH: (before, migration())}) == ["REV001"]


def test_a_data_migration_that_is_done_may_be_emptied() -> None:
    before = migration("migrations.RunPython(fill, migrations.RunPython.noop)")
    noop = migration("migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)")
    assert codes({PATH: (before, noop)}) == []


def test_a_default_that_sql_of_the_same_migration_gives_is_one() -> None:
    sql = "migrations.RunSQL('ALTER TABLE order ALTER COLUMN note SET DEFAULT 0', migrations.RunSQL.noop)"
    field = "migrations.AddField('order', 'note', models.IntegerField(default=0))"
    assert codes({PATH: (None, migration(field, sql))}) == []


def test_a_deleted_migration_is_said_but_not_where_others_take_its_place() -> None:
    text = migration("migrations.AddField('a', 'b', models.TextField(null=True))")
    squash = migration("migrations.CreateModel('A', fields=[])", replaces="[('shop', '0042_change')]")
    assert codes({PATH: (text, None)}) == ["REV001"]
    assert codes({PATH: (text, None), "shop/migrations/0001_squashed.py": (squash, migration())}) == []


def test_a_renamed_migration_runs_again() -> None:
    text = migration("migrations.AddField('a', 'b', models.TextField(null=True))")
    new = "shop/migrations/0043_change.py"
    assert codes({PATH: (text, None), new: (None, text)}, renamed={new: PATH}) == ["REV001"]


def test_each_finding_tells_class_line_undo_path_and_remedy() -> None:
    (found,) = findings({PATH: (None, migration("migrations.RemoveField('order', 'total')"))})
    assert (found.reversibility, found.line) == ("irreversible", 6)
    assert found.message == "drops column order.total with its values"
    assert found.undo == "restore the values from a backup"
    assert "expand and contract" in found.remedy


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("class Migration(:\n", id="a syntax error"),
        pytest.param("print 'Python 2'\n", id="Python 2"),
        pytest.param("x = " + "(" * 5000 + ")" * 5000 + "\n", id="deep nesting"),
        pytest.param("x = " + "-" * 50000 + "1\n", id="a long chain of signs"),
        pytest.param("# coding: no-such\n", id="an unknown encoding"),
        pytest.param("x = '\0'\n", id="a NUL byte"),
        pytest.param("#" * (1 << 20) + "\n\n", id="a huge file"),
        pytest.param(HEAD + "    operations = build()\n", id="computed operations"),
    ],
)
def test_what_cannot_be_understood_counts_as_irreversible(text: str) -> None:
    found = undoing({PATH: (None, text)})
    assert found.crashed == ()
    (finding,) = found.findings
    assert (finding.rule, finding.reversibility) == ("REV003", "irreversible")
    assert "cannot be judged" in finding.message
    assert found.irreversible([PATH]) == (PATH,)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("    operations = [migrations.AlterModelOptions('a', {})] + [GONE]\n", id="a sum"),
        pytest.param("    operations = OPERATIONS\n", id="a name"),
        pytest.param("    operations = [*OPERATIONS]\n", id="unpacked"),
        pytest.param("    operations = [GONE_BY_NAME]\n", id="an operation by name"),
    ],
)
def test_operations_that_are_put_together(written: str) -> None:
    gone = "migrations.RemoveField('order', 'total')"
    named = f"GONE_BY_NAME = {gone}\nOPERATIONS = [GONE_BY_NAME]\n"
    source = HEAD.replace("class ", f"{named}class ", 1) + written.replace("GONE]", f"{gone}]")
    assert codes({PATH: (None, source)}) == ["REV003"]
