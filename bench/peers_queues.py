"""The same send as a task of two well-known queues over Redis: one POST a task, and nothing written in a database.

python -m bench.peers_queues celery|taskiq COUNT   queues so many; their own commands run the workers. Where the Redis
and the provider are, BENCH_REDIS and BENCH_PROVIDER tell, and to the workers BENCH_QUEUE, which of the two they are.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

REDIS, PROVIDER = os.environ.get("BENCH_REDIS", ""), os.environ.get("BENCH_PROVIDER", "")
ACCOUNT = "AC" + "0" * 32
# What each message says, with its number behind it.
NOTICE = "【示例政务】您的“食品经营许可”已受理，承诺2026年12月7日前办结。查询号2611 2300 0018：https://h.example/q/"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def form(number: int) -> dict[str, str]:
    """A message as ours are."""
    return {
        "To": f"+86139{number:08d}",
        "From": "+8610000000000",
        "Body": f"{NOTICE}{number}",
        "StatusCallback": f"https://haoban.example/channels/twilio/status?message={number}",
    }


def celery_app() -> Any:
    """Celery as the best-known public notification service runs it: prefork, one process, a `requests` session."""
    import requests
    from celery import Celery

    app = Celery("bench", broker=REDIS)
    app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=64)
    session = requests.Session()

    @app.task(name="send")
    def send(number: int) -> str:
        answer = session.post(PROVIDER + PATH, data=form(number), auth=(ACCOUNT, "token"), timeout=10)
        answer.raise_for_status()
        return str(answer.json()["sid"])

    app.send = send
    return app


def taskiq_broker() -> Any:
    """taskiq with Redis streams, which acknowledge, and one aiohttp session."""
    import aiohttp
    from taskiq import TaskiqEvents, TaskiqState
    from taskiq_redis import RedisStreamBroker

    broker = RedisStreamBroker(REDIS)
    held: dict[str, aiohttp.ClientSession] = {}

    @broker.on_event(TaskiqEvents.WORKER_STARTUP)
    async def start(_state: TaskiqState) -> None:
        held["session"] = aiohttp.ClientSession(auth=aiohttp.BasicAuth(ACCOUNT, "token"))

    @broker.task(task_name="send")
    async def send(number: int) -> str:
        async with held["session"].post(PROVIDER + PATH, data=form(number)) as answer:
            return str((await answer.json())["sid"])

    broker.send = send
    return broker


QUEUE = os.environ.get("BENCH_QUEUE", "")
if QUEUE == "celery":
    app = celery_app()
if QUEUE == "taskiq":
    broker = taskiq_broker()


def put(queue: str, count: int) -> None:
    """Queue so many sends."""
    if queue == "celery":
        made = celery_app()
        with made.pool.acquire(block=True) as connection:
            producer = made.amqp.Producer(connection)
            for number in range(count):
                made.send.apply_async((number,), producer=producer)
        return
    asyncio.run(_put(count))


async def _put(count: int) -> None:
    made = taskiq_broker()
    await made.startup()
    for number in range(count):
        await made.send.kiq(number)
    await made.shutdown()


if __name__ == "__main__":
    put(sys.argv[1], int(sys.argv[2]))
