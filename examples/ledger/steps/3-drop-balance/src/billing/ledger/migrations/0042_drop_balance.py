"""The balance is the sum of the entries; the stored one was wrong twice this year."""

UP = """
ALTER TABLE account DROP COLUMN balance;
CREATE INDEX entry_account ON entry (account);
"""
DOWN = """
DROP INDEX entry_account;
ALTER TABLE account ADD COLUMN balance TEXT NOT NULL DEFAULT '0';
"""
