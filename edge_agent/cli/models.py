"""edge-agent models: lists, fetches and removes the networks that are not in the package."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from urllib.parse import urlsplit

from ..config import Config
from ..files.folders import state_folder
from ..models.download import Bring, ModelUnavailable, bring, from_address, from_files
from ..models.store import ModelStore
from ..models.table import MODELS, FetchedModel
from ..realtime.proxy import proxy_for, source
from ..realtime.trust import trust_complaint
from .common import load_as_service
from .exits import FAILED, OK, USAGE
from .options import add_config, add_json, filled
from .output import complain, say

ASKED = {"list": 1, "get": 2, "remove": 2}  # words


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument("what", nargs="*", metavar="list | get NAME | remove NAME", help="without: list")
    parser.add_argument(
        "--from",
        dest="given",
        type=filled,
        metavar="PATH",
        help="with get: take it from this folder or file instead of the network",
    )


def run(args: argparse.Namespace) -> int:
    words = args.what or ["list"]
    if len(words) != ASKED.get(words[0]):
        complain("must be models list, models get NAME, or models remove NAME")
        return USAGE
    config, _, view = load_as_service(args.config)
    store = ModelStore((view.seen.state if view.seen else None) or state_folder())
    if words[0] == "list":
        return _list(store, as_json=args.json)
    model = MODELS.get(words[1])
    if model is None:
        complain(f"{words[1]!r} is not a known model; must be one of {', '.join(MODELS)}")
        return USAGE
    if words[0] == "remove":
        return _remove(model, store)
    code = _get(model, store, config, args.given)
    if code != OK and view.seen:
        for note in view.notes():
            complain(note)
    return code


def _list(store: ModelStore, *, as_json: bool) -> int:
    rows = [
        {
            "name": model.name,
            "presence": _presence(store, model),
            "bytes": model.size,
            "licence": model.licence,
        }
        | {"use": model.use, "folder": str(store.folder / model.name)}
        for model in MODELS.values()
    ]
    if as_json:
        say(json.dumps(rows, indent=2))
        return OK
    width = max(len(name) for name in MODELS)
    for row in rows:
        size = f"{row['bytes'] / 2**20:4.1f} MiB"  # type: ignore[operator]
        say(f"{row['name']:{width}}  {row['presence']:10}  {size}  {row['licence']}; for {row['use']}")
    return OK


def _presence(store: ModelStore, model: FetchedModel) -> str:
    try:
        return store.presence(model).value
    except OSError:
        return "unreadable"


def _get(model: FetchedModel, store: ModelStore, config: Config, given: str | None) -> int:
    try:
        brought = bring(model, store, from_files(Path(given), model) if given else _network(model, config))
    except ModelUnavailable as error:
        complain(f"{model.name}: {error}")
        return FAILED
    place = store.folder / model.name
    said = f"{model.size / 2**20:.1f} MiB in {place}" if brought else f"is already in {place}"
    say(f"{model.name}: {said}")
    return OK


def _network(model: FetchedModel, config: Config) -> Bring:
    """Raises ModelUnavailable."""
    if trouble := trust_complaint():
        raise ModelUnavailable(trouble)
    address = urlsplit(model.files[0].address)
    wanted = config.service.proxy
    proxy = proxy_for(wanted, address.hostname or "", address.port or 443, secure=True)
    if proxy and not proxy.startswith("http://"):
        raise ModelUnavailable(
            f"{source(wanted)} names a proxy of the kind {proxy.partition(':')[0]}, which this command does not speak;"
            " get the files elsewhere, and use --from"
        )
    return from_address(proxy, source(wanted))


def _remove(model: FetchedModel, store: ModelStore) -> int:
    try:
        if store.remove(model):
            say(f"{model.name}: removed")
            return OK
        complain(f"{model.name} is not in {store.folder}")
    except OSError as error:
        complain(f"{error.filename} cannot be removed ({error.strerror}); use sudo")
    return FAILED
