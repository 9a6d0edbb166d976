"""A version is made of the Debian package's files once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edge_agent.install.package import made_of

from .world import home_in


def test_what_was_made_already_is_known(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    package = home.folder / "package"
    package.mkdir(parents=True)
    assert made_of(package, home) == ""
    (package / "pyvenv.cfg").write_text("version = 3.13")
    assert made_of(package, home) == ""
    shutil.copytree(package, home.versions / "1.0", copy_function=os.link)
    (home.versions / "1.0" / "share").mkdir()
    for _ in home.use("1.0"):
        pass
    assert made_of(package, home) == "1.0"
    (package / "pyvenv.cfg").unlink()  # as dpkg replaces files
    (package / "pyvenv.cfg").write_text("version = 3.13")
    assert made_of(package, home) == ""
