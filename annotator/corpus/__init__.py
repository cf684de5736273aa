"""Corpora: files of many texts in, annotated files out, one row at a time."""
