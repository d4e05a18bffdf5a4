"""How soon callers are answered: fifty calls a second begin on the voice line, each walks to its case and its item."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from xml.etree import ElementTree as Xml

from aiohttp import ClientSession, TCPConnector
from twilio.request_validator import RequestValidator

from bench.commands import HAOBAN, environment
from bench.results import Result, Table
from bench.servers import SECRET, Server, haoban
from bench.sizes import Size

PUBLIC_URL = "https://haoban.example"
ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for measuring"
PATH = "/channels/twilio/voice"
A_SECOND = 50
LATEST_S = 2.0
TURNS = "once, all calls together, after two seconds of calls to warm up."
ABOUT = """\
The demonstration on SQLite, one process. {a_second} calls a second begin for {seconds} s, whatever becomes of the ones
before; each goes in five signed steps through Twilio's webhook: the menu, a number, its PIN, where the case stands."""
CHANNEL = {
    "CHANNELS__TWILIO_VOICE__ENABLED": "true",
    "CHANNELS__TWILIO_VOICE__ACCOUNT_SID": ACCOUNT,
    "CHANNELS__TWILIO_VOICE__AUTH_TOKEN": AUTH_TOKEN,
    "CHANNELS__TWILIO_VOICE__FROM_NUMBER": "+8610000000000",
    "SERVER__PUBLIC_URL": PUBLIC_URL,
}


async def call(http: ClientSession, serial: int, keys: list[str]) -> list[float]:
    """One call: the seconds to each of its answers."""
    step, took = PATH, []
    for digits in ["", *keys]:
        form = {"AccountSid": ACCOUNT, "CallSid": f"CA{serial}", "From": f"+86138{serial:08d}"}
        form |= {"Digits": digits} if digits else {}
        signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + step, form)
        began = time.perf_counter()
        async with http.post(step, data=form, headers={"X-Twilio-Signature": signature}) as answer:
            body = await answer.text()
        took.append(time.perf_counter() - began)
        assert answer.status == 200, body
        gather = Xml.fromstring(body).find("Gather")  # noqa: S314  (our own answer)
        assert gather is not None, body
        step = gather.attrib["action"].removeprefix(PUBLIC_URL)
    return took


async def load(port: int, cases: list[dict[str, str]], seconds: int) -> list[float]:
    """Begin calls at an even pace, whatever becomes of the ones before; the seconds to every answer."""
    connector = TCPConnector(limit=200)
    async with ClientSession(f"http://127.0.0.1:{port}", connector=connector) as http, asyncio.TaskGroup() as group:
        calls = []
        for serial in range(seconds * A_SECOND):
            case = cases[serial % len(cases)]
            calls.append(group.create_task(call(http, serial, ["1", case["number"], case["pin"], "1"])))
            await asyncio.sleep(1 / A_SECOND)
    return [each for one in calls for each in one.result()]


def results(server: Server, cases: list[dict[str, str]], seconds: int) -> list[Result]:
    server.first_answer_s()
    asyncio.run(load(server.port, cases, 2))
    before = server.cpu_s()
    took = asyncio.run(load(server.port, cases, seconds))
    cpu_ms = (server.cpu_s() - before) / len(took) * 1000
    note = f"median {median(took) * 1000:.0f} ms, {len(took):,} answers, {cpu_ms:.1f} ms of CPU each"
    late = quantiles(took, n=100)[-1]
    return [Result(f"Voice answers, {A_SECOND} calls a second, 99th percentile", late, "s", most=LATEST_S, note=note)]


def measure(size: Size) -> Sequence[Table]:
    seconds = size.of(2, 15, 60)
    with tempfile.TemporaryDirectory() as folder:
        given = environment(f"sqlite://{folder}/haoban.db", SERVER__SECRET_KEY=SECRET)
        subprocess.run([HAOBAN, "migrate"], cwd=folder, env=given, check=True, stdout=subprocess.DEVNULL)
        said = subprocess.run([HAOBAN, "demo", "--json"], cwd=folder, env=given, check=True, capture_output=True).stdout
        cases = [case for case in json.loads(said) if case["status"] != "draft"]
        with haoban(f"sqlite://{folder}/haoban.db", Path(folder), **CHANNEL) as server:
            told = ABOUT.format(a_second=A_SECOND, seconds=seconds)
            return [Table("Calls", told, results=results(server, cases, seconds), turns=TURNS)]
