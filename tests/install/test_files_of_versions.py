"""Which files a version has, and which two versions share."""

from __future__ import annotations

import hashlib
from pathlib import Path

from edge_agent.install import requirements, share, trim
from edge_agent.install.sharing import share_files, size_of

from ..markdown import ROOT


def package(site: Path, name: str, **files: str) -> None:
    """A package as pip leaves it; a dot in the name of a file is `__`."""
    (site / name / "__pycache__").mkdir(parents=True)
    record = []
    for file, text in files.items():
        path = site / name / file.replace("__", ".")
        path.write_text(text)
        hashed = hashlib.sha256(text.encode()).hexdigest()
        record.append(f"{name}/{path.name},sha256={hashed},{len(text)}")
        if path.suffix == ".py":
            (path.parent / "__pycache__" / f"{path.stem}.cpython-311.pyc").write_text("code")
    (site / f"{name}.dist-info").mkdir()
    (site / f"{name}.dist-info" / "RECORD").write_text("\n".join([*record, "../../bin/x,sha256=0,1", ""]))


def test_equal_files_take_room_once(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for version, text in (old, "one"), (new, "two"):
        site = version / "lib" / "python3.11" / "site-packages"
        package(site, "same", a__py="pass", b__so="library" * 1000)
        package(site, "other", c__py=text)
    before = size_of(tmp_path)
    share_files(new, old)
    site = Path("lib/python3.11/site-packages")
    shared = [
        path.relative_to(new / site)
        for path in (new / site).rglob("*")
        if path.stat().st_nlink > 1 and path.is_file()
    ]
    assert {str(path) for path in shared} >= {"same/a.py", "same/b.so"}
    assert "other/c.py" not in {str(path) for path in shared}
    assert (new / site / "other" / "c.py").read_text() == "two"
    assert size_of(tmp_path) < before
    assert not list(new.rglob("*.new"))


def test_what_the_system_reads(tmp_path: Path) -> None:
    def gathered(systemd: int) -> set[str]:
        share.gather(folder := tmp_path / str(systemd), systemd)
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    old, new = gathered(252), gathered(257)
    assert {"systemd/system/edge-agent.service", "systemd/system/edge-agent-trial.service"} <= old
    assert {"systemd/user/edge-agent.service", "sysusers.d/edge-agent.conf"} <= old
    assert new - old == {
        f"systemd/system/{unit}.service.d/00-edge-agent-credentials.conf"
        for unit in ("edge-agent", "edge-agent-setup")
    }


def test_what_a_device_needs_of_pypi() -> None:
    needed = requirements.from_pypi(ROOT)
    names = {need.split(">")[0] for need in needed}
    assert {
        "numpy",
        "prometheus-client",
        "jsonschema",
        "azure-identity",
        "onnxruntime",
        "setuptools",
    } <= names
    assert not {"PyAudio", "systemd-python"} & names
    assert requirements.LGPIO in needed
    assert requirements.SILERO not in needed


def test_what_is_left_out_of_the_debian_package(tmp_path: Path) -> None:
    stays = (
        "numpy/typing/__init__.py",
        "silero_vad/data/silero_vad_16k_sequence.onnx",
        "silero_vad/data/__init__.py",
    )
    goes = (
        *(
            "numpy/lib/tests/test_x.py",
            "onnxruntime/capi/libonnxruntime.so.1.2",
            "silero_vad/data/silero_vad.onnx",
        ),
        *("setuptools/a.py", "numpy/x.pyi", "cffi/api.py"),
    )
    for name in (*stays, *goes):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    trim.trim(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(stays)


def test_the_model_that_is_kept_is_the_one_in_use() -> None:
    from edge_agent.audio.silero import MODEL

    assert Path(MODEL).name == trim.MODEL


def test_scripts_install_the_same_silero() -> None:
    assert f"'{requirements.SILERO}'" in (ROOT / "scripts" / "lib" / "packages.sh").read_text()
