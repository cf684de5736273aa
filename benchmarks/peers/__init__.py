"""Quality beside what a user would take instead: one table, the same sentences, every peer named, missing or not."""
