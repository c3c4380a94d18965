"""Puts the page into the wheel: builds it where Node.js is, and leaves it out where it is not."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("src", "genrescope", "web", "assets")


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook that hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page before the files of a wheel are gathered; an editable install goes without."""
        if version == "editable" or self.target_name != "wheel":
            return
        root = Path(self.root)
        if not (root / PAGE / "index.html").is_file():
            npm = shutil.which("npm")
            if npm is None:
                self.app.display_warning("The page is left out of the wheel: building it needs Node.js 20.19 or later.")
                return
            subprocess.run([npm, "ci"], cwd=root / "web", check=True)  # noqa: S603
            subprocess.run([npm, "run", "build"], cwd=root / "web", check=True)  # noqa: S603
        if not any((root / PAGE / "examples").glob("*.flac")):
            examples = [sys.executable, str(root / "web" / "examples.py"), str(root / PAGE / "examples")]
            subprocess.run(examples, check=True)  # noqa: S603
