"""Alembic revisions: what an upgrade takes away, and whether the downgrade leads back."""

from __future__ import annotations

import pytest
from tests.detecting import codes, findings

PATH = "app/migrations/versions/3f2a_change.py"


def revision(*operations: str, down: str = "op.add_column('a', 'b')") -> str:
    body = "".join(f"    {one}\n" for one in operations) or "    pass\n"
    return (
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = 'b'\ndown_revision = 'a'\n\n\n"
        f"def upgrade():\n{body}\n\ndef downgrade():\n    {down}\n"
    )


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param("op.drop_table('orders')", ["REV003"], id="a dropped table"),
        pytest.param("op.drop_column('orders', 'total')", ["REV003"], id="a dropped column"),
        pytest.param("op.rename_table('orders', 'sales')", ["REV001"], id="a renamed table"),
        pytest.param("op.alter_column('orders', 'a', new_column_name='b')", ["REV001"], id="a renamed column"),
        pytest.param("op.alter_column('o', 'a', existing_type=sa.String(50), type_=sa.String(20))", ["REV003"], id="a shorter text"),
        pytest.param("op.alter_column('o', 'a', existing_type=sa.String(20), type_=sa.String(50))", [], id="a longer text"),
        pytest.param("op.alter_column('o', 'a', existing_type=sa.Text(), type_=sa.String(50))", ["REV003"], id="a bound where there was none"),
        pytest.param("op.alter_column('o', 'a', existing_type=sa.BigInteger(), type_=sa.Integer())", ["REV003"], id="a smaller number"),
        pytest.param("op.alter_column('o', 'a', existing_type=sa.Integer(), type_=sa.Text())", ["REV001"], id="another type"),
        pytest.param("op.alter_column('o', 'a', existing_type=sa.Text(), nullable=False)", ["REV001"], id="NULL no longer taken"),
        pytest.param("op.alter_column('o', 'a', server_default='1')", [], id="a default"),
        pytest.param("op.add_column('o', sa.Column('a', sa.Text(), nullable=False))", ["REV001"], id="a required column"),
        pytest.param("op.add_column('o', sa.Column('a', sa.Text(), nullable=False, server_default=''))", [], id="with a default"),
        pytest.param("op.add_column('o', sa.Column('a', sa.Text()))", [], id="an optional column"),
        pytest.param("op.create_index('i', 'o', ['a'])", ["REV001"], id="an index"),
        pytest.param("op.create_index('i', 'o', ['a'], postgresql_concurrently=True)", [], id="an index, concurrently"),
        pytest.param("op.drop_index('i', table_name='o')", ["REV001"], id="an index that goes"),
        pytest.param("op.create_unique_constraint('u', 'o', ['a'])", ["REV001"], id="a unique constraint"),
        pytest.param("op.create_foreign_key('f', 'o', 'p', ['a'], ['b'])", ["REV001"], id="a foreign key"),
        pytest.param("op.create_foreign_key('f', 'o', 'p', ['a'], ['b'], postgresql_not_valid=True)", [], id="not validated yet"),
        pytest.param("op.execute('DELETE FROM o WHERE a = 1')", ["REV003"], id="SQL that deletes"),
        pytest.param("op.execute(sa.text('ALTER TABLE o DROP COLUMN a'))", ["REV003"], id="SQL in text()"),
        pytest.param("with op.batch_alter_table('o') as batch_op:\n        batch_op.drop_column('a')", ["REV003"], id="in a batch"),
        pytest.param("op.create_table('t', sa.Column('a', sa.Text(), nullable=False))", [], id="a new table"),
        pytest.param("# op.drop_table('t')\n    print(\"op.drop_table('t')\")", [], id="a comment and a string"),
    ],
)  # fmt: skip
def test_an_operation_of_a_new_revision(operation: str, expected: list[str]) -> None:
    assert codes({PATH: (None, revision(operation))}) == expected


def test_a_table_this_very_change_makes_holds_no_data_yet() -> None:
    text = revision(
        "op.create_table('t', sa.Column('a', sa.Text()))", "op.create_index('i', 't', ['a'])", "op.drop_table('t')"
    )
    assert codes({PATH: (None, text)}) == []


@pytest.mark.parametrize(
    ("down", "expected"),
    [
        pytest.param("pass", ["REV002"], id="nothing"),
        pytest.param("raise NotImplementedError", ["REV002"], id="a refusal"),
        pytest.param('"""Not needed."""', ["REV002"], id="words only"),
        pytest.param("op.drop_column('o', 'a')", [], id="a way back"),
    ],
)
def test_the_downgrade(down: str, expected: list[str]) -> None:
    assert codes({PATH: (None, revision("op.add_column('o', sa.Column('a', sa.Text()))", down=down))}) == expected


def test_an_upgrade_that_does_nothing_needs_no_downgrade() -> None:
    assert codes({PATH: (None, revision(down="pass"))}) == []


def test_a_function_that_upgrade_calls_is_read_and_one_that_downgrade_calls_is_not() -> None:
    text = (
        revision("drop()", down="undo()")
        + "\n\ndef drop():\n    op.drop_table('a')\n\n\ndef undo():\n    op.drop_table('b')\n"
    )
    assert [finding.message for finding in findings({PATH: (None, text)})] == ["drops table a with its rows"]


def test_editing_a_landed_revision_is_said() -> None:
    before = revision("op.execute('SELECT 1')")
    assert codes({PATH: (before, revision("op.drop_table('a')"))}) == ["REV001", "REV003"]
    assert codes({PATH: (before, before.replace("'", '"'))}) == []
