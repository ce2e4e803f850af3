"""Put the glossary of the last build of the book into the wheel, where there was one."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling when it builds a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add glossary.json, so that ``lossary.define`` works from the installed wheel."""
        glossary = Path(self.root, "docs", "_build", "html", "glossary.json")
        if version == "standard" and glossary.exists():
            build_data["force_include"][str(glossary)] = "lossary/glossary.json"
