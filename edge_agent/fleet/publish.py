"""The owner's side of a fleet: keys, and a folder of files for any web server.

FOLDER/keys/root.pem     signs who the others are; is best kept elsewhere, and fetched once a year
FOLDER/keys/targets.pem  signs what devices get
FOLDER/keys/online.pem   signs that this is the newest; a program may renew it
FOLDER/site/             metadata/ and targets/: what the web server shows
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from ..files.whole import replace
from .target import PLAN, FleetRelease, FleetTarget, Stage, TargetKind, plan_text, read_plan

KEYS = ("root", "targets", "online")
SIGNS = {"root": "root", "targets": "targets", "snapshot": "online", "timestamp": "online"}
LASTS_DAYS = {"root": 365, "targets": 365, "snapshot": 14, "timestamp": 14}
EARLY_DAYS = 60  # before root and targets end, they are renewed
READABLE = 0o644


class PublishRefused(Exception):
    """What cannot be done, a sentence; and what to do."""


class Site:
    """`folder`: as above. `keys`: where they are, if elsewhere. `secret`: gives the passphrase of the keys, if there is
    one. Raises PublishRefused and OSError, as all of it does."""

    def __init__(
        self,
        folder: Path,
        keys: Path | None = None,
        *,
        secret: Callable[[], bytes] = lambda: b"",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys = keys or folder / "keys"
        self.site = folder / "site"
        self._metadata, self._targets = self.site / "metadata", self.site / "targets"
        self._secret, self._now = secret, now
        self._signers: dict[str, CryptoSigner] = {}

    # ---- the beginning ----------------------------------------------------
    def create(self, secret: bytes = b"") -> Path:
        """Keys and an empty repository; its root.json, which devices are given. `secret`: the keys are encrypted with
        it."""
        if (self._metadata / "timestamp.json").exists() or any(map(self._has_key, KEYS)):
            raise PublishRefused(f"{self.site.parent} has a repository or keys already; name another folder")
        self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in KEYS:
            key = Ed25519PrivateKey.generate()
            encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
            replace(self._key_file(name), pem)
            self._signers[name] = CryptoSigner(key)
        root = Root(consistent_snapshot=True)
        for role, name in SIGNS.items():
            root.add_key(self._public(name), role)
        self._put(root)
        self._publish(())
        return self._metadata / "1.root.json"

    # ---- what is published --------------------------------------------------
    def targets(self) -> tuple[FleetTarget, ...]:
        """In the order of their numbers."""
        found = self._newest(Targets).targets.get(PLAN)
        if found is None:
            raise PublishRefused(f"{self.site} was not made by edge-agent fleet init")
        try:
            return read_plan(self._file_of(PLAN, found.hashes["sha256"]).read_text("utf-8"))
        except ValueError as error:
            raise PublishRefused(str(error)) from None

    def publish(
        self,
        path: str,
        data: bytes,
        *,
        names: tuple[str, ...],
        stages: tuple[Stage, ...],
        stop_above: float,
        stop_after: int,
        release: FleetRelease | None = None,
    ) -> FleetTarget:
        """What is given is as in FleetTarget; with `release`, of that kind. It takes the place of one of the same name.
        The same content again keeps its number and its beginning: only for whom it is changes. Other content must be
        for all at once: devices whose stage has not come would lose what they have."""
        others = {target.path: target for target in self.targets()}
        sha256 = TargetFile.from_data(path, data, ["sha256"]).hashes["sha256"]
        number = 1 + max((target.number for target in others.values()), default=0)
        begins_s = self._now().timestamp()
        if before := others.pop(path, None):
            if before.sha256 == sha256:
                number, begins_s = before.number, before.begins_s
            elif stages[0] != Stage():
                raise PublishRefused(
                    f"{path} is published with other content, which devices whose stage has not come would lose;"
                    f" give this another name with --name, and withdraw {path} after the last stage"
                )
        target = FleetTarget(
            path,
            sha256,
            len(data),
            TargetKind.RELEASE if release else TargetKind.CONFIG,
            number,
            begins_s,
            names=names,
            stages=stages,
            stop_above=stop_above,
            stop_after=stop_after,
            release=release,
        )
        replace(self._file_of(path, sha256), data, READABLE)
        self._publish([*others.values(), target])
        return target

    def withdraw(self, path: str) -> None:
        """Devices go back to what was published for them before."""
        others = self.targets()
        if path not in (target.path for target in others):
            named = ", ".join(target.path for target in others) or "nothing"
            raise PublishRefused(f"{path!r} is not published; {named} is")
        self._publish([target for target in others if target.path != path])

    def renew(self) -> list[str]:
        """Signs again what ends soon, as far as its key is here; what was signed. To be called once a week."""
        root, targets = self._newest(Root), self._newest(Targets)
        due = [it for it in (root, targets) if self._ends_soon(it) and self._has_key(SIGNS[it.type])]
        for signed in due:
            signed.version += 1
            self._put(signed)
        self._put_snapshot(targets.version)
        return [*(signed.type for signed in due), "snapshot", "timestamp"]

    def ends(self) -> dict[str, datetime]:
        """When what is signed ends, by role."""
        return {kind.type: self._newest(kind).expires for kind in (Root, Targets, Snapshot, Timestamp)}

    # ---- files and signatures -------------------------------------------------
    def _publish(self, targets: Iterable[FleetTarget]) -> None:
        text = plan_text(targets)
        plan = TargetFile.from_data(PLAN, text.encode(), ["sha256"])
        replace(self._file_of(PLAN, plan.hashes["sha256"]), text, READABLE)
        listed = {
            target.path: TargetFile(target.length, {"sha256": target.sha256}, target.path)
            for target in targets
        }
        version = self._version(Targets) + 1
        self._put(Targets(version, targets={PLAN: plan, **listed}))
        self._put_snapshot(version)

    def _put_snapshot(self, targets_version: int) -> None:
        snapshot = self._version(Snapshot) + 1
        self._put(Snapshot(snapshot, meta={"targets.json": MetaFile(targets_version)}))
        # last: with it devices see all that is new, and before it nothing
        self._put(Timestamp(self._version(Timestamp) + 1, snapshot_meta=MetaFile(snapshot)))

    def _put(self, signed: Signed) -> None:
        role = signed.type
        signed.expires = (self._now() + timedelta(days=LASTS_DAYS[role])).replace(microsecond=0)
        metadata = Metadata[Any](signed)
        metadata.sign(self._signer(SIGNS[role]))
        name = "timestamp.json" if role == "timestamp" else f"{signed.version}.{role}.json"
        replace(self._metadata / name, metadata.to_bytes(), READABLE)

    def _file_of(self, path: str, sha256: str) -> Path:
        return self._targets / f"{sha256}.{path}"

    def _newest(self, kind: type[Signed]) -> Any:
        """The newest of a role, as it was signed."""
        if not (files := self._files(kind)):
            raise PublishRefused(f"{self.site} was not made by edge-agent fleet init")
        file = files[max(files)]
        try:
            return Metadata.from_file(str(file)).signed
        except (DeserializationError, RepositoryError):
            raise PublishRefused(f"{file} is damaged; restore it from a backup") from None

    def _version(self, kind: type[Signed]) -> int:
        """0: there is none."""
        return self._newest(kind).version if self._files(kind) else 0

    def _files(self, kind: type[Signed]) -> dict[int, Path]:
        """By the number in their names."""
        if kind is Timestamp:
            file = self._metadata / "timestamp.json"
            return {0: file} if file.exists() else {}
        named = [(file.name.partition(".")[0], file) for file in self._metadata.glob(f"*.{kind.type}.json")]
        return {int(number): file for number, file in named if number.isdecimal()}

    def _ends_soon(self, signed: Signed) -> bool:
        return signed.expires - self._now() < timedelta(days=EARLY_DAYS)

    # ---- keys -----------------------------------------------------------------
    def _key_file(self, name: str) -> Path:
        return self._keys / f"{name}.pem"

    def _has_key(self, name: str) -> bool:
        return self._key_file(name).exists()

    def _public(self, name: str) -> SSlibKey:
        return self._signer(name).public_key

    def _signer(self, name: str) -> CryptoSigner:
        if name not in self._signers:
            self._signers[name] = CryptoSigner(self._load(name))
        return self._signers[name]

    def _load(self, name: str) -> Ed25519PrivateKey:
        file = self._key_file(name)
        try:
            pem = file.read_bytes()
        except FileNotFoundError:
            raise PublishRefused(f"{file} is missing, and signs this; name its folder with --keys") from None
        secret = self._secret() if b"ENCRYPTED" in pem else None
        try:
            key = load_pem_private_key(pem, secret)
        except (ValueError, TypeError):
            wrong = "the passphrase is wrong" if secret is not None else "it is not a key in PEM"
            raise PublishRefused(f"{file} does not open: {wrong}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise PublishRefused(f"{file} is not a key that edge-agent fleet init made")
        return key
