"""The shape of the code: what may import what, and what only computes. ARCHITECTURE.md says why."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePath

ROOT = Path(__file__).parent.parent / "edge_agent"

# A room imports from the floors below its own, and from itself. A new room is a new name here.
FLOORS = (
    ("__init__", "files"),
    ("vocabulary",),
    ("config",),
    ("models",),
    ("audio", "billing", "conversation", "realtime"),
    ("panel", "replay", "telemetry"),
    ("drawing", "host"),
    ("announce", "install"),
    ("mqtt", "tools"),
    ("doctor", "probe"),
    ("fleet", "report"),
    ("web",),
    ("app",),
    ("setup",),
    ("simulator",),
    ("cli",),
    ("__main__",),
)
# Folders and files that only compute, and what in them does more. They import only each other, and only these
# libraries, so nothing that reads a clock, a file or a socket can be reached from them.
PURE = {
    "vocabulary": "",
    "conversation": "",
    "billing": "",
    "replay": "",
    "telemetry": "",
    "drawing": "",
    "audio": "build cards config_checks dtln espeak micro_wake_word onnx_session process riff silero smart_turn sounds"
    " wake_models wav",
    "realtime/wire": "",
    "config/own_tools": "",
    "config/mcp_servers": "",
    "config/tables": "",
    "config/tool_settings": "",
    "tools/arguments": "",
    "tools/definition": "",
    "tools/output": "",
    "tools/mcp/acceptance": "",
    "tools/mcp/messages": "",
    "tools/mcp/offer": "",
    "tools/toolbox": "",
    "tools/timers/entry": "",
    "tools/timers/when": "",
    "realtime/backoff": "",
    "realtime/expiry": "",
    "realtime/input_stream": "",
    "realtime/agent_query": "",
    "realtime/auth/attempts": "",
    "realtime/auth/token_output": "",
    "config/addresses": "",
    "config/agent_inputs": "",
    "config/agent_rules": "",
    "config/announce_settings": "",
    "config/media_addresses": "",
    "config/changes": "",
    "config/clouds": "",
    "config/edited": "",
    "config/first_configuration": "",
    "config/fitting": "",
    "config/headers": "",
    "config/keys": "",
    "config/known_prices": "",
    "config/model": "",
    "config/mqtt_settings": "",
    "config/panel_settings": "",
    "config/pasted": "",
    "config/price_settings": "",
    "config/providers": "",
    "config/sections": "",
    "config/service_settings": "",
    "config/setting": "",
    "config/suggest": "",
    "config/toml_lines": "",
    "config/turn_settings": "",
    "config/wake_words": "",
    "config/fleet_settings": "",
    "fleet/merge": "",
    "fleet/outcome": "",
    "fleet/plan": "",
    "fleet/releases/choice": "",
    "fleet/stages": "",
    "fleet/standing": "",
    "fleet/target": "",
    "fleet/trial": "",
    "config/web_settings": "",
    "install/card_file": "",
    "install/reasons": "",
    "install/steps": "",
    "install/versions": "",
    "panel/button": "",
    "panel/light_patterns": "",
    "host/control/requests": "",
    "host/rate": "",
    "models/table": "",
    "mqtt/commands": "",
    "mqtt/discovery": "",
    "mqtt/entities": "",
    "mqtt/fleet_side": "",
    "mqtt/presses": "",
    "mqtt/spoken": "",
    "mqtt/states": "",
    "mqtt/topics": "",
    "doctor/acoustics": "",
    "doctor/result": "",
    "doctor/verdict": "",
    "doctor/wake_level": "",
    "setup/choices": "",
    "setup/door": "",
    "setup/fields": "",
    "report/history": "",
    "report/mask": "",
    "report/page": "",
    "report/turns": "",
    "web/access": "",
    "web/caption_feed": "",
    "web/mailbox": "",
    "web/talk_fields": "",
    "app/agent": "",
    "app/wishes": "",
    "probe": "socket_wire",
    "simulator": "person published server speech",
}
LIBRARIES = """
    __future__ abc array base64 binascii bisect collections contextlib copy dataclasses datetime difflib enum functools
    hashlib heapq hmac html http.HTTPStatus ipaddress itertools json math numpy operator pathlib pywebrtc_audio random
    re statistics string textwrap tomllib typing unicodedata urllib.parse webrtcvad zlib
"""
WORLDLY_CALLS = """
    exists glob input is_dir is_file iterdir mkdir now print read_bytes read_text stat today unlink write_bytes
    write_text
"""
# The same short name for the same thing, in modules that need not know each other.
SAME_EVERYWHERE = {"Json"}


def name_of(path: PurePath) -> str:
    """`conversation/machine`; a package is called as its folder."""
    name = path.relative_to(ROOT).with_suffix("")
    return str(name.parent if name.name == "__init__" and name.parent.name else name)


TREES = {name_of(path): (path, ast.parse(path.read_text("utf-8"))) for path in sorted(ROOT.rglob("*.py"))}


def imports(path: Path) -> set[str]:
    """The dotted names of all that a module imports, wherever in it."""
    package = path.relative_to(ROOT.parent).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def ours(module: str) -> str:
    """The file behind a dotted name, of which the last part may be something in the file."""
    name = module.removeprefix(f"{ROOT.name}.").replace(".", "/")
    while name not in TREES:
        name = str(PurePath(name).parent) if "/" in name else "__init__"
    return name


# by file: files of ours as in `TREES`, and the dotted names of others
IMPORTS = {
    name: {ours(module) if module.startswith(ROOT.name) else module for module in imports(path)} - {name}
    for name, (path, _) in TREES.items()
}
FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}


def room(name: str) -> str:
    return name.split("/")[0]


def is_pure(name: str) -> bool:
    for folder, but in PURE.items():
        inside = name.removeprefix(f"{folder}/")
        if name == folder or inside != name:
            return inside.split("/")[0] not in but.split()
    return False


def test_every_room_has_its_floor() -> None:
    assert sorted(name for floor in FLOORS for name in floor) == sorted({room(name) for name in TREES})


def test_the_map_shows_the_floors_from_the_top_down() -> None:
    rooms = re.findall(r"^\| `(\w+)/` \|", (ROOT.parent / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rooms) == sorted(name for name in FLOOR_OF if (ROOT / name).is_dir())
    assert rooms == sorted(rooms, key=FLOOR_OF.__getitem__, reverse=True)


def test_a_room_knows_only_what_is_below_it() -> None:
    assert [
        f"{name} -> {other}"
        for name in TREES
        for other in IMPORTS[name] & TREES.keys()
        if room(name) != room(other) and FLOOR_OF[room(name)] <= FLOOR_OF[room(other)]
    ] == []


def test_no_file_imports_itself_through_others() -> None:
    try:
        TopologicalSorter({name: IMPORTS[name] & TREES.keys() for name in TREES}).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(reversed(error.args[1]))) from None


def test_what_is_called_pure_is_there() -> None:
    for folder, but in PURE.items():
        for name in (folder, *(f"{folder}/{part}" for part in but.split())):
            assert name in TREES, name


def test_what_computes_reaches_no_clock_no_thread_no_file_and_no_device() -> None:
    assert [
        f"{name} -> {other}"
        for name in filter(is_pure, TREES)
        for other in IMPORTS[name]
        if not (is_library(other) or is_pure(other) or other == "__init__")  # which holds the version
    ] == []


def is_library(module: str) -> bool:
    return any(f"{module}.".startswith(f"{library}.") for library in LIBRARIES.split())


def test_what_computes_opens_and_prints_nothing() -> None:
    assert [f"{name}: {call}" for name in filter(is_pure, TREES) for call in worldly_calls(name)] == []


def worldly_calls(name: str) -> Iterator[str]:
    for node in ast.walk(TREES[name][1]):
        match node:
            case ast.Call(func=ast.Name(id="open")):
                yield "open"
            case ast.Call(func=ast.Attribute(attr="open")) if "pathlib.Path" in IMPORTS[name]:
                yield "Path.open"
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if (
                called in WORLDLY_CALLS.split()
            ):
                yield called


def test_files_are_small() -> None:
    sizes = {name: len(path.read_text("utf-8").splitlines()) for name, (path, _) in TREES.items()}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert sorted(sizes.values())[len(sizes) // 2] < 150


def test_the_package_has_rooms_and_no_hallway() -> None:
    assert len(list(ROOT.glob("*.py"))) <= 3


def test_a_room_has_a_name_only_once() -> None:
    """Two files may have the same name where the rooms tell them apart, as in `audio` and `panel`."""
    assert repeated(f"{room(name)}: {PurePath(name).name}" for name in TREES) == []


def test_a_type_has_one_meaning() -> None:
    found = repeated(kind for _, tree in TREES.values() for kind in types(tree))
    assert set(found) == SAME_EVERYWHERE


def repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def types(tree: ast.Module) -> Iterator[str]:
    """The classes and aliases of types in a module."""
    for node in tree.body:
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias"))
            ):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) if name[0].isupper() and not name.isupper():
                yield name


if __name__ == "__main__":  # for scripts/test: what must be covered to its last branch
    print(",".join(str(TREES[name][0].relative_to(ROOT.parent)) for name in filter(is_pure, TREES)))
