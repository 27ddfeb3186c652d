"""From a frozen `Config` to a `Runtime`: the only wiring. Read it top to bottom to know what is connected to what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from yett.config.credentials import connections_of
from yett.config.endpoints import front_door, hosts, origins, routes
from yett.config.identity import client_tls, identity_for
from yett.config.limits import Rate as LimitRate
from yett.config.live_secrets import credentials, generations, ledger_key
from yett.config.rules import cases_of, policy_of
from yett.config.runtime import Runtime
from yett.config.schema import Config, Tls
from yett.config.servers import HttpServer
from yett.config.upstreams import upstream_tls, upstreams
from yett.core.exchange import Principal
from yett.core.guard import Guard
from yett.core.pipeline import Guarded, Pipeline
from yett.errors import ConfigError, LedgerError, LedgerInUse
from yett.guards.access import Access
from yett.guards.arguments import Arguments
from yett.guards.housekeeping import Housekeeping
from yett.guards.origin import Origin
from yett.guards.rate_limit import RateLimit
from yett.guards.redaction import Redaction
from yett.ledger.ledger import Durability, Ledger
from yett.policy.policy import Policy
from yett.policy.trial import TestResult, run_tests
from yett.protocol import methods
from yett.protocol.jsonrpc import Bounds
from yett.state.catalogue import Catalogue
from yett.state.concurrency import Caps
from yett.state.counters import Counters
from yett.state.counters import Limits as CounterLimits
from yett.state.gcra import Rate
from yett.state.sessions import Sessions
from yett.state.tasks import Tasks
from yett.upstream.upstream import Upstream
from yett.wire.client_trust import Clients
from yett.wire.limits import ListenerLimits
from yett.wire.tls import ReloadingTls

ADMIN_LIMITS = ListenerLimits(body_bytes=1_024, connections=64, connections_per_peer=64)

LEDGERS = 64
"""Processes of one mode that write ledgers below one folder at the same time."""

_CALLS_OF_ALL = 10
"""The cap on all callers of a server, as a multiple of the cap on one: one caller cannot take every place."""


def build(
    config: Config,
    *,
    ledger: Ledger,
    port: int,
    changed: Callable[[str], Awaitable[None]],
    note: Callable[[str], None] = lambda _sentence: None,
    previous: tuple[Config, Runtime] | None = None,
    caller: Principal | None = None,
    given: Mapping[str, Upstream] | None = None,
) -> Runtime:
    """Everything that serves under `config`, on a listener that has got `port`.

    What `previous` had and is the same goes on: counts, sessions, servers. `note` hears when other tokens hold.
    Where nobody signs in, `caller` is who everybody is. `given` are the upstreams of inline servers.
    """
    policy = policy_of(config)
    arguments = Arguments()
    identity = identity_for(config, port, note, previous)
    before = previous[1] if previous is not None else None
    reached = upstreams(config, port, previous, given or {})
    # What serves goes on serving until all of this has worked: nothing that `previous` shares is changed before.
    runtime = Runtime(
        digest=config.digest,
        pipeline=Pipeline(guards(config, port, policy, arguments), subject=methods.subject),
        housekeeping=Pipeline([Guarded(guard=Housekeeping())], subject=methods.subject),
        identify=identity.identify if caller is None else lambda _credentials, _now: caller,
        sign_in_problem=identity.problem,
        identity=identity,
        front=front_door(config, port, policy),
        policy=policy,
        counters=before.counters if before is not None else Counters(counter_limits(config)),
        catalogue=before.catalogue if before is not None else Catalogue(),
        sessions=before.sessions if before is not None else _sessions(config),
        tasks=before.tasks if before is not None else Tasks(),
        ledger=ledger,
        upstreams=reached,
        connections=connections_of(reached),
        routes=routes(config),
        bounds=Bounds(bytes=config.limits.body),
        timeout=config.limits.deadline,
        changed=changed,
        flaw=arguments.problem,
        offers=before.offers if before is not None else {},
        generations=generations(config),
    )
    if before is not None:
        _hand_over(before, runtime, config)
    return runtime


def renewed(runtime: Runtime, config: Config, port: int) -> Runtime:
    """The same runtime, with guards that know the present values of secrets."""
    arguments = Arguments()
    chosen = guards(config, port, runtime.policy, arguments)
    return replace(runtime, pipeline=Pipeline(chosen, subject=methods.subject), flaw=arguments.problem)


def _hand_over(before: Runtime, after: Runtime, config: Config) -> None:
    """Bring what goes on under the new config's bounds, and forget what was known of servers that changed."""
    after.counters.limits = counter_limits(config)
    after.sessions.total = config.limits.sessions
    after.sessions.idle_seconds = config.limits.session_idle
    for name, upstream in before.upstreams.items():
        if after.upstreams.get(name) is not upstream:
            after.offers.pop(name, None)
            after.catalogue.forget(name)


def guards(config: Config, port: int, policy: Policy, arguments: Arguments) -> list[Guarded]:
    """The guards that `config` asks for, on a listener that has got `port`. Their order is the pipeline's business."""
    chosen: list[Guard] = [
        Origin(hosts=hosts(config, port), origins=origins(config, port)),
        Access(policy, unsafe_allow_anonymous=config.auth.unsafe_allow_anonymous),
        RateLimit(),
        arguments,
    ]
    if "secrets" in config.protect:
        chosen.append(Redaction(known=credentials(config)))
    return [Guarded(guard=guard) for guard in chosen]


def _sessions(config: Config) -> Sessions:
    return Sessions(total=config.limits.sessions, idle_seconds=config.limits.session_idle)


def counter_limits(config: Config) -> CounterLimits:
    """The limits that are counted, in the counters' own words."""
    limits = config.limits
    return CounterLimits(
        user=_rate(limits.user),
        tool=_rate(limits.tool) if limits.tool is not None else None,
        peer=_rate(limits.peer),
        caps=Caps(caller=limits.concurrency, server=limits.concurrency * _CALLS_OF_ALL),
    )


def _rate(rate: LimitRate) -> Rate:
    return Rate(count=int(rate.rate), seconds=float(rate.per), burst=rate.burst)


def listener_limits(config: Config) -> ListenerLimits:
    """The listener's bounds."""
    limits = config.limits
    return ListenerLimits(
        head_bytes=limits.head,
        body_bytes=limits.body,
        head_seconds=limits.head_timeout,
        body_seconds=limits.body_timeout,
        idle_seconds=limits.idle_timeout,
        write_seconds=limits.write_timeout,
        connections=limits.connections,
        connections_per_peer=limits.connections_per_peer,
    )


def listener_tls(config: Config, report: Callable[[str], None]) -> ReloadingTls | None:
    """The listener's certificate, which follows its files; `report` hears of a pair that cannot be used."""
    tls = config.tls
    return None if tls is None else ReloadingTls(tls.cert, tls.key, clients=clients_of(tls), report=report)


def clients_of(tls: Tls) -> Clients | None:
    """Whose client certificates the listener takes; `None` where it asks for none."""
    if tls.client_ca is None:
        return None
    return Clients(authorities=tls.client_ca, lists=tls.client_crl, required=tls.clients == "required")


async def open_ledger(config: Config, *, part: str = "") -> Ledger:
    """Open the ledger for writing. Raises `LedgerError` when it cannot be written, or another gateway has it.

    A ledger has one writer. Where there may be several processes, `part` names them, and each takes the first of the
    folders `<part>-1`, `<part>-2`, ... below the ledger's that nobody else writes.
    """
    if not part:
        return await _open_ledger(config, config.ledger.path)
    for number in range(1, LEDGERS + 1):
        with suppress(LedgerInUse):
            return await _open_ledger(config, config.ledger.path / f"{part}-{number}")
    raise LedgerError(f"{LEDGERS} processes write ledgers below `{config.ledger.path}` already: end some of them")


async def _open_ledger(config: Config, path: Path) -> Ledger:
    return await Ledger.open(path, durability=Durability(config.ledger.durability), key=key_of_ledger(config))


def key_of_ledger(config: Config) -> bytes:
    """The key that the config names, as it is now; empty where it names none. Raises `ConfigError`."""
    return b"" if config.ledger.key is None else ledger_key(config, config.ledger.key)


def check_reloadable(old: Config, new: Config) -> None:
    """Refuse what only a restart can change: where the gateway listens, and where its record goes."""
    for what, before, after in (
        ("listen", old.listen, new.listen),
        ("tls", old.tls, new.tls),
        ("ledger", old.ledger, new.ledger),
        ("admin", old.admin, new.admin),
    ):
        if before != after:
            raise ConfigError(f"`{what}` cannot change while the gateway runs: restart it, or put the old value back")


def check_tests(config: Config) -> None:
    """Refuse a config whose policy does not do what its own tests say."""
    failed = failed_tests(config)
    if failed:
        what = f"{len(failed)} policy test{'s' * (len(failed) > 1)} failed"
        raise ConfigError(f"{what}: {failed[0].name}: {failed[0].problem}", where=failed[0].where)


def check_certificates(config: Config) -> None:
    """Refuse certificate files that cannot be used: `run` would fail on them."""
    listener_tls(config, lambda _problem: None)
    for _, issuer in config.auth.trusted:
        client_tls(issuer)
    for server in config.servers.values():
        if isinstance(server, HttpServer):
            upstream_tls(server)


def failed_tests(config: Config) -> list[TestResult]:
    """Run the config's policy tests; return those that failed."""
    return [result for result in run_tests(policy_of(config), cases_of(config)) if not result.passed]
