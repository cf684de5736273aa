"""Puts models/, labels/ and app.py into the wheel as annotator/_data; an editable install reads them in place."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):
    """A forced include in pyproject.toml would also copy into editable wheels and go stale there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the data folders to a standard wheel."""
        if version != "editable":
            for name in ("models", "labels", "app.py"):
                build_data["force_include"][name] = f"annotator/_data/{name}"
