"""The status look-up as Flask's users write it, with SQLAlchemy's sessions.

gunicorn bench.peers_flask:app
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from bench.peers_facts import DATABASE, facts, is_locked, is_right, record
from bench.peers_sqlalchemy import LookupRecord, by_number, tries

app = Flask(__name__)
engine = create_engine(DATABASE.replace("postgres://", "postgresql+psycopg://", 1))
Session = sessionmaker(engine)


@app.post("/api/v1/status")
def status() -> Any:
    """Number and PIN, recorded."""
    sent, sender = request.get_json(), request.headers["X-Forwarded-For"]
    with Session() as session:
        if is_locked(session.scalars(tries(sent["number"], sender))):
            return {"error": "too many tries"}, 429
        case = session.scalars(by_number(sent["number"])).one_or_none()
        if case is None or not is_right(case.number, case.pin_version, sent["pin"]):
            return {"error": "number and PIN don't fit"}, 404
        told = facts(case)
        session.add(LookupRecord(**record(case.number, sender)))
        session.commit()
    return told


@app.post("/read")
def read() -> Any:
    """The number alone: neither PIN nor record."""
    with Session() as session:
        return facts(session.scalars(by_number(request.get_json()["number"])).one())
