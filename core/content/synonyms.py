"""The centre's own words for the search, beside those that are shipped."""

from __future__ import annotations

from dataclasses import dataclass

from core.database import Database, reading, transaction
from core.errors import BadRequest, NotFound
from core.local_time import now
from core.models import SynonymRow
from core.revisions import CATALOGUE, raise_revision
from core.search.synonyms import words_of
from core.staff.trail import note

MOST_ROWS = 2_000
MOST_CHARS = 500


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Whoever says one of `say` may mean one of `means`."""

    id: int
    say: str
    means: str
    by: str


class OwnSynonyms:
    def __init__(self, database: Database) -> None:
        self._database = database

    @reading
    async def listed(self) -> list[OwnWords]:
        return [OwnWords(row.id, row.say, row.means, row.by) for row in await SynonymRow.all().order_by("id")]

    async def add(self, say: str, means: str, by: str) -> None:
        """Raises BadRequest for a row without words on both sides, or one too many."""
        # Angle brackets name groups of the shipped words; an unknown one would keep the index from being built.
        if not (words_of(say) and words_of(means)) or max(len(say), len(means)) > MOST_CHARS or set("<>") & set(say):
            raise BadRequest("what is said and what it means are both needed", key="no_words")
        async with transaction() as connection:
            if await SynonymRow.all().using_db(connection).count() >= MOST_ROWS:
                raise BadRequest(f"at most {MOST_ROWS} rows are kept")
            await SynonymRow.create(using_db=connection, say=say.strip(), means=means.strip(), by=by, at=now())
            await note(connection, by, "synonyms added", say.strip()[:100], {"means": means.strip()})
            await raise_revision(connection, CATALOGUE, postgres=self._database.is_postgres)

    async def remove(self, row_id: int, by: str) -> None:
        """Raises NotFound."""
        async with transaction() as connection:
            row = await SynonymRow.get_or_none(id=row_id, using_db=connection)
            if row is None:
                raise NotFound(f"there is no row {row_id}")
            await SynonymRow.filter(id=row_id).using_db(connection).delete()
            await note(connection, by, "synonyms removed", row.say[:100], {"means": row.means})
            await raise_revision(connection, CATALOGUE, postgres=self._database.is_postgres)
