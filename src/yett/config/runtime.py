"""Everything that serves exchanges under one configuration: swapped whole on reload, never changed in place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from yett.core.exchange import Principal, Tool
from yett.core.pipeline import Pipeline
from yett.core.verdict import Deny
from yett.identity.credentials import Credentials
from yett.identity.front_door import FrontDoor
from yett.identity.identify import Identity
from yett.identity.pending import Pending
from yett.ledger.ledger import Ledger
from yett.policy.policy import Policy
from yett.protocol.jsonrpc import Bounds
from yett.state.catalogue import Catalogue
from yett.state.counters import Counters
from yett.state.sessions import Sessions
from yett.state.tasks import Tasks
from yett.upstream.oauth.personal import Personal
from yett.upstream.upstream import Offer, Upstream
from yett.wire.deadlines import Watch

Identify = Callable[[Credentials, float], Principal | Deny | Pending]
"""From what a request shows and the wall time to a principal or a refusal, or to something to wait for first."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What `conduct()` works with.

    `digest` names the configuration in the ledger. `routes` maps request targets, byte by byte, to server names.
    `timeout` is in seconds, for one call from its first byte to its last. `offers` holds what each server said it
    speaks; it is filled while the gateway runs, as `catalogue` and `sessions` are. `changed` is awaited when a server
    says that one of its lists changed, before its client hears of it. `flaw` tells why a tool cannot be used,
    `sign_in_problem` why nobody can sign in; both are empty where all is well. `deadlines` watches
    the calls that run. `identity` is what `identify` asks, where it holds something that must be closed. `front`
    is what strangers may see. `generations` tells of each server that is a process how often its secrets had changed.
    `connections` are the servers where callers sign in themselves.
    """

    digest: str
    pipeline: Pipeline
    housekeeping: Pipeline
    identify: Identify
    policy: Policy
    counters: Counters
    catalogue: Catalogue
    sessions: Sessions
    tasks: Tasks
    ledger: Ledger
    upstreams: Mapping[str, Upstream]
    routes: Mapping[bytes, str]
    bounds: Bounds
    timeout: float
    changed: Callable[[str], Awaitable[None]]
    flaw: Callable[[Tool], str]
    sign_in_problem: Callable[[], str] = str
    identity: Identity = field(default_factory=Identity)
    front: FrontDoor = field(default_factory=FrontDoor)
    offers: dict[str, Offer] = field(default_factory=dict)
    generations: Mapping[str, int] = field(default_factory=dict)
    connections: Mapping[str, Personal] = field(default_factory=dict)
    deadlines: Watch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "deadlines", Watch(lambda: self.timeout))
