from __future__ import annotations

import asyncio

from yett.wire.deadlines import NEVER, Watch


class Member:
    def __init__(self, watch: Watch, deadline: float) -> None:
        self.watch = watch
        self.deadline = deadline
        self.expired = asyncio.Event()

    def expire(self) -> None:
        self.watch.discard(self)
        self.expired.set()


def test_the_late_expire_and_the_others_do_not(run):
    async def main() -> None:
        watch = Watch(lambda: 0.08)
        now = asyncio.get_running_loop().time()
        late, early, unwatched = Member(watch, now + 0.02), Member(watch, NEVER), Member(watch, now)
        for member in (late, early, unwatched):
            watch.add(member)
        watch.discard(unwatched)
        await late.expired.wait()
        assert watch.members == {early}
        assert not unwatched.expired.is_set()

    run(main())


def test_one_timer_runs_while_there_are_members_and_none_after(run):
    async def main() -> None:
        watch = Watch(lambda: 0.08)
        now = asyncio.get_running_loop().time()
        members = [Member(watch, now) for _ in range(3)]
        for member in members:
            watch.add(member)
        for member in members:
            await member.expired.wait()
        assert watch._timer is None
        again = Member(watch, now)
        watch.add(again)
        await again.expired.wait()

    run(main())
