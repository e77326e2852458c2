"""What a Pod's profile says: its load by cause, and the keys that it made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from kubectl_kcp.model.profile import Profile, SampleType
from kubectl_kcp.model.reference import ObjectRef, Ref

if TYPE_CHECKING:
    from kubectl_kcp.model.controller import Controller, Pod
    from kubectl_kcp.model.process import ProcessUse
    from kubectl_kcp.model.reference import Failure


class CauseShare(NamedTuple):
    """What a cause of ``knowledge/causes.py`` takes of a sample type. ``share`` is 0 to 1; ``samples`` what it rests on,
    None where the profile does not tell."""

    id: str
    title: str
    value: int
    share: float
    samples: int | None


class KeyContext(Struct, frozen=True):
    """What a controller's keys are measured by; None where it could not be read.

    ``clusters`` are those it reconciles, ``created`` those of them that were created since the process started;
    ``reconciles`` and ``uptime`` (seconds) count from that start, too.
    """

    go_version: str = ""
    clusters: int | None = None
    created: int | None = None
    reconciles: int | None = None
    uptime: float | None = None


class KeysGenerated(Struct, frozen=True):
    """RSA keys made for etcd client credentials since the process started, from what making them allocated.

    ``allocated`` is in bytes, ``samples`` what it rests on. The number of keys lies between ``low`` and ``high``;
    ``keys`` is the best guess, None where nothing tells how many bytes this controller's build takes for one.
    ``calibrated``: the size of a key was measured on the CA keys that the same process made.
    """

    allocated: int
    samples: int
    keys: float | None
    low: float
    high: float
    calibrated: bool
    bytes_per_key: tuple[float, float]
    context: KeyContext = KeyContext()

    @property
    def per_cluster(self) -> float | None:
        return self.keys / self.context.clusters if self.keys is not None and self.context.clusters else None

    @property
    def per_reconcile(self) -> float | None:
        return self.keys / self.context.reconciles if self.keys is not None and self.context.reconciles else None


class Stored(Struct, frozen=True):
    """Where and of when a store had a profile. ``merged``: what was sampled from ``start`` to ``end``, added up; else it is of one moment,
    ``end``, and counts from the process's start."""

    store: str
    start: datetime
    end: datetime
    merged: bool


class PodProfile(Struct, frozen=True):
    """A profile and whose it is. ``kind`` is that of the path under ``/debug/pprof/``, with ``cpu`` for ``profile``.

    A profile from a file or a URL belongs to no known controller; ``origin`` says where it was read. ``base_seconds`` is
    the window of the baseline where ``profile`` is a difference (0.0 for kinds without a window), else None; ``normalized``: it was
    scaled to the baseline's total before. ``process`` is known of controllers on this machine, ``stored`` of what a store of
    profiles had.
    """

    kind: str
    profile: Profile
    origin: str
    controller: Controller | None = None
    pod: Pod | None = None
    keys: KeyContext = KeyContext()
    base_seconds: float | None = None
    process: ProcessUse | None = None
    stored: Stored | None = None
    normalized: bool = False

    @property
    def subject(self) -> ObjectRef:
        """What a finding is about: the Pod, or what the profile was read from."""
        return ObjectRef("Pod", self.pod.ref) if self.pod is not None else ObjectRef("File", Ref("", self.origin))

    @property
    def compared(self) -> bool:
        return self.base_seconds is not None


class Profiles(Struct, frozen=True):
    """What was read. ``interrupted``: the user pressed Ctrl-C; what was complete by then is here."""

    items: tuple[PodProfile, ...]
    failures: tuple[Failure, ...] = ()
    interrupted: bool = False


class Waiting(NamedTuple):
    """Goroutines of a dump that wait for the same in the same function. ``state`` is Go's word for it (``chan receive``), ``lock``
    whether it is a sync.Mutex or RWMutex. ``seconds`` is the longest wait of the ``goroutines``, in whole minutes, 0 for less than
    one."""

    state: str
    function: str
    lock: bool
    goroutines: int
    seconds: int


class Running(NamedTuple):
    """Goroutines in the midst of a reconcile: of which reconciler, in which function of its own module, and ``leaf``, the innermost
    function that is not Go's own way of waiting. Names are without their package's path."""

    reconciler: str
    function: str
    leaf: str
    goroutines: int


class Halt(NamedTuple):
    """What ended the program, or a panic that was caught: ``words`` as Go wrote them, and the function that raised it, "" where
    the dump does not tell. ``fault`` is False where a signal only asked for the stacks."""

    words: str
    function: str
    fault: bool


class PodReport(Struct, frozen=True):
    """One sample type of a Pod's profile, judged.

    ``value`` is the sum of the selected samples, ``total`` what shares refer to, both in ``type.unit``. ``samples`` is
    how many samples that rests on, None where the profile does not tell. ``millicores`` is the load in a CPU profile's
    window. ``making_keys`` is the share that goes into RSA keys for etcd client credentials. ``waits`` and ``halt`` are
    what a goroutine dump tells beyond its stacks.
    """

    item: PodProfile
    type: SampleType
    value: int
    total: int
    samples: int | None
    causes: tuple[CauseShare, ...]
    millicores: float | None = None
    keys: KeysGenerated | None = None
    making_keys: float = 0.0
    waits: tuple[Waiting, ...] = ()
    halt: Halt | None = None

    def millicores_of(self, value: int) -> float | None:
        """The part of the load that ``value`` nanoseconds are."""
        return None if self.millicores is None else value / 1e6 / self.item.profile.seconds
