"""Citizens who wander: whatever is written, keyed, said or left unsaid, nobody gets stuck or lost, on any medium."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from shutil import copy

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.codes import Status
from core.dialogue.commands import COMMANDS
from core.dialogue.flow import TRIES
from core.dialogue.medium import Medium
from core.dialogue.said import Keyed, Opened, Scanned, Silence, Tapped, Unanswered, Unreadable, Written
from core.dialogue.speakable import LONGEST_PART_S
from core.models import Case
from gateway.house import House
from gateway.settings import LimitsSection
from tests.core.dialogue.test_conversation import UNSPEAKABLE, Talk
from tests.county import County, county_of, settings

MOST_KEYS = 5
WORDS = ("身份证丢了", "营业执照", "lost id card", "今天天气怎么样", "公安局", "!!", "", "😀", "x" * 2000, "第三个")
BACK, RESTART, OPERATOR = "上一步", "重来", "人工"
RESTARTED = {"zh": "可以查办件进度", "en": "where your case stands"}


class Place:
    """The county, and the loop that its house lives in."""

    def __init__(self, runner: asyncio.Runner, county: County) -> None:
        self.runner, self.county = runner, county
        self.run = runner.run


@pytest.fixture
def place(sqlite_county_template, tmp_path, form_files) -> Iterator[Place]:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    with asyncio.Runner() as runner:
        house = House(settings(url, form_files, limits=LimitsSection(messages="1000000/minute")))
        runner.run(house.open())
        yield Place(runner, runner.run(county_of(house)))
        runner.run(house.close())


class Wanderer(RuleBasedStateMachine):
    """One citizen at one end of the conversation, who does whatever comes to mind."""

    place: Place
    medium: Medium
    people = iter(range(10_000_000))

    @initialize()
    def begin(self):
        self.talk = Talk(self.place.county, self.medium, f"+86136{next(self.people):08d}")
        self.useless = 0
        self.hear(Opened())

    def hear(self, said):
        if self.medium is Medium.VOICE and self.talk.form and (self.talk.form.ends or self.talk.form.transfer):
            self.place.run(self.talk.say(Opened()))
        self.place.run(self.talk.say(said))

    @property
    def session(self):
        sessions = self.talk.board.conversation._sessions

        async def read():
            async with sessions.turn(self.talk.asker, self.medium) as session:
                return session

        return self.place.run(read())

    # What anybody may do

    @rule(data=st.data())
    def take_a_choice(self, data):
        offers = self.talk.shown.offers
        key = data.draw(st.sampled_from([offer.key for offer in offers])) if offers else "1"
        said = {
            Medium.TEXT: Written(key),
            Medium.VOICE: Keyed(key),
            Medium.CHAT: Tapped(self.session.turn, key),
        }[self.medium]
        self.hear(said)

    @rule(words=st.sampled_from(WORDS) | st.sampled_from(sorted(COMMANDS)) | st.text(max_size=40), spoken=st.booleans())
    def use_words(self, words, spoken):
        self.hear(Written(words, spoken=spoken and self.medium is Medium.VOICE))

    @rule(
        status=st.sampled_from([s for s in Status if s is not Status.DRAFT]),
        what=st.sampled_from(["n", "p", "w", "np"]),
    )
    def give_a_number(self, status, what):
        county = self.place.county
        parts = {"n": county.number(status), "p": county.pin(status), "w": county.wrong_pin(status)}
        self.hear(self.digits("".join(parts[each] for each in what)))

    @rule(digits=st.text("0123456789", max_size=20))
    def give_any_digits(self, digits):
        self.hear(self.digits(digits))

    def digits(self, digits):
        return Keyed(digits) if self.medium is Medium.VOICE else Written(digits)

    @rule(keys=st.text("0123456789*#", min_size=1, max_size=3))
    def press_keys(self, keys):
        self.hear(Keyed(keys))

    @rule(turn=st.integers(0, 40), key=st.sampled_from(["1", "2", "9", "back", "restart", "more", "nothing"]))
    def tap_an_old_button(self, turn, key):
        self.hear(Tapped(turn, key))

    @rule(status=st.sampled_from([Status.ACCEPTED, Status.COMPLETED]), genuine=st.booleans())
    def show_a_code(self, status, genuine):
        async def token():
            case = await Case.get(number=self.place.county.number(status))
            return self.place.county.house.keys.token(case.id, case.token_version)

        self.hear(Scanned(self.place.run(token()) if genuine else "x" * 31))

    @rule(said=st.sampled_from([Silence(), Unreadable(), Unanswered(), Opened()]))
    def do_nothing_of_use(self, said):
        self.hear(said)

    @rule(language=st.sampled_from(["中文", "English"]))
    def change_the_language(self, language):
        self.hear(Written(language))

    @rule()
    def stay_away_too_long(self):
        house = self.place.county.house
        sender = house.keys.sender(self.talk.asker.address)
        self.place.run(house.scratch.drop(f"session:{self.talk.asker.channel}:{sender}"))
        self.hear(Opened() if self.medium is Medium.VOICE else Written("1"))

    # What always leads out

    @rule()
    def start_over(self):
        self.hear(Written(RESTART))
        assert RESTARTED[self.session.language] in self.talk.words
        assert self.talk.shown.offers

    @rule()
    def ask_for_a_person(self):
        self.hear(Written(OPERATOR))
        form = self.talk.form
        assert re.search(r"\d|幺|one", self.talk.words) or getattr(form, "transfer", False)

    @rule()
    def go_back_to_the_beginning(self):
        """However deep somebody is, so many steps back lead to the welcome."""
        for _ in range(len(self.session.path) + 1):
            self.hear(Written(BACK))
        assert RESTARTED[self.session.language] in self.talk.words

    @rule()
    def say_nothing_until_the_end(self):
        """On the telephone three silences are met each in its own way, and end with a person or politely."""
        if self.medium is not Medium.VOICE:
            return
        self.hear(Written(RESTART))
        heard = []
        for _ in range(TRIES):
            self.place.run(self.talk.say(Silence()))
            heard.append(self.talk.words)
        assert len(set(heard)) == TRIES
        assert self.talk.form.ends or self.talk.form.transfer
        self.hear(Opened())

    # What holds wherever somebody is

    @invariant()
    def there_is_an_answer(self):
        assert self.talk.words.strip()

    @invariant()
    def a_menu_can_be_kept_in_mind(self):
        keys = [offer.key for offer in self.talk.shown.offers]
        assert len(keys) == len(set(keys))
        assert len(keys) <= MOST_KEYS + (self.medium is not Medium.VOICE)

    @invariant()
    def what_is_said_is_fit_to_be_heard(self):
        if self.medium is not Medium.VOICE:
            return
        assert not UNSPEAKABLE.search(self.talk.words), self.talk.words
        for part in self.talk.form.parts:
            pace = float(self.place.county.house.catalogues[part.language].text("voice.characters_a_second"))
            assert len(part.text) / pace <= LONGEST_PART_S

    @invariant()
    def a_call_listens_or_ends(self):
        """What neither ends nor puts through awaits something that can be given."""
        if self.medium is not Medium.VOICE:
            return
        form = self.talk.form
        assert form.ends or form.transfer or form.digits or form.shown.offers, self.talk.words


@pytest.mark.parametrize("medium", Medium)
def test_wherever_somebody_wanders_there_is_a_way_on(place, medium):
    here = type("Here", (Wanderer,), {"place": place, "medium": medium})
    how = effort(
        max_examples=20,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(here, settings=how)
