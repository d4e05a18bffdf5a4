"""What servers that are asked in turns took is told of each by itself, and nobody always comes after the same one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise, permutations

import pytest

from bench.load import get
from bench.rounds import CONNECTIONS, WITH_DATABASE, Side, run, run_anew

REQUESTS, ALONE, WARM, ROUNDS = 8, 4, 12, 30
OWN_S, DATABASE_S = 0.001, 0.002


class Listening(ThreadingHTTPServer):
    request_queue_size = 2 * CONNECTIONS


class Counted:
    """Answers everything, and takes so much time for each answer by its own account, its database more."""

    def __init__(self) -> None:
        self.answered, answering = 0, threading.Lock()
        counted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with answering:
                    counted.answered += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.http = Listening(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return self.http.server_port

    def cpu_s(self) -> float:
        return self.answered * OWN_S


class Database:
    """What works for it."""

    def __init__(self, server: Counted) -> None:
        self._server = server

    def cpu_s(self) -> float:
        return self._server.answered * DATABASE_S


@contextmanager
def counted() -> Iterator[Counted]:
    server = Counted()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()


def drawn(number: int) -> list[bytes]:
    return [get("/", {})] * number


def test_what_a_database_takes_is_told_with_the_rest_and_by_itself() -> None:
    with counted() as alone, counted() as helped:
        sides = {"alone": Side(alone, drawn), "helped": Side(helped, drawn, database=Database(helped))}
        turns = run(sides, rounds=2, requests=REQUESTS, alone=ALONE)
    for turn in turns["alone"]:
        assert (turn.cpu_us, turn.alone_us, turn.database_us) == pytest.approx((1000, 1000, 0))
    for turn in turns["helped"]:
        assert (turn.cpu_us, turn.alone_us, turn.database_us) == pytest.approx((3000, 3000, 2000))
    assert turns.ratio("helped", "alone") == pytest.approx(3)
    assert [row[1:3] for row in turns.rows("helped")] == [pytest.approx([1000, 1 / 3]), pytest.approx([3000, 1])]


def test_the_database_has_a_column_where_it_is_wanted() -> None:
    with counted() as helped:
        turns = run({"helped": Side(helped, drawn, database=Database(helped))}, 1, REQUESTS, ALONE)
    [row] = turns.rows("helped", with_database=True)
    told = dict(zip(WITH_DATABASE, row, strict=True))
    assert told["CPU a request, µs"] == pytest.approx(3000)
    assert told["of it PostgreSQL, µs"] == pytest.approx(2000)
    assert told["times ours"] == 1


@pytest.mark.parametrize("names", [("one", "other"), ("one", "another", "third")])
def test_each_comes_after_each_of_the_others_and_never_after_itself(names: tuple[str, ...]) -> None:
    began: list[str] = []

    def draws(name: str, number: int) -> list[bytes]:
        if number != ALONE:
            began.append(name)
        return drawn(number)

    with counted() as server:
        run({name: Side(server, partial(draws, name)) for name in names}, ROUNDS, REQUESTS, ALONE, warm=WARM)
    rounds = [began[at : at + len(names)] for at in range(0, len(began), len(names))]
    assert len(rounds) == ROUNDS + 1
    assert all(sorted(each) == sorted(names) for each in rounds)
    assert set(pairwise(began)) == set(permutations(names, 2))


def test_who_warms_up_is_asked_as_often_as_was_said_and_not_told() -> None:
    drawn_for: dict[str, list[int]] = {"all": [], "half": []}

    def draws(name: str, number: int) -> list[bytes]:
        drawn_for[name].append(number)
        return drawn(number)

    with counted() as server:
        sides = {
            "all": Side(server, partial(draws, "all")),
            "half": Side(server, partial(draws, "half"), share=0.5),
        }
        turns = run_anew(lambda _: sides, starts=2, rounds=1, requests=REQUESTS, alone=ALONE, warm=WARM)
    assert drawn_for["all"] == [WARM, ALONE, REQUESTS, ALONE] * 2
    assert drawn_for["half"] == [WARM / 2, ALONE / 2, REQUESTS / 2, ALONE / 2] * 2
    assert {name: len(each) for name, each in turns.items()} == {"all": 2, "half": 2}
