from __future__ import annotations

import os
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from vend import __version__
from vend.errors import LedgerError, RefusedError
from vend.ledger import LEDGER_FILE, SCHEMA_VERSION, SqliteFile, open_ledger
from vend.models import AppliedStage
from vend.settings import DynamodbLedger, Settings

STAGE = AppliedStage(fingerprint="f", status="succeeded", run="r", at="2026-01-01T00:00:00Z")


def code_of(error: pytest.ExceptionInfo[LedgerError]) -> str:
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.hint
    return diagnostic.code


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    """The ledger and what SQLite keeps beside it are the owner's alone."""
    previous = os.umask(0)
    try:
        with closing(SqliteFile(tmp_path / "new" / LEDGER_FILE)) as ledger:
            ledger.record_stage("a", "account", STAGE)
            files = sorted((tmp_path / "new").iterdir())
            assert files[0].name == LEDGER_FILE
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
            assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    finally:
        os.umask(previous)


def test_a_deleted_ledger_begins_anew(tmp_path: Path) -> None:
    """Deleting it costs what was remembered, and nothing else."""
    path = tmp_path / LEDGER_FILE
    with closing(SqliteFile(path)) as ledger:
        ledger.record_stage("a", "account", STAGE)
    for file in tmp_path.iterdir():
        file.unlink()
    with closing(SqliteFile(path)) as ledger:
        assert ledger.applied() == {}
        assert ledger.acquire_lease("a", "one", 60)


@pytest.mark.parametrize(
    "content", [b"this is no database, and longer than a header" * 40, b"SQLite format 3\x00" * 99]
)
def test_a_damaged_file_is_diagnosed(tmp_path: Path, content: bytes) -> None:
    """It says which file can be deleted, and leaves it alone."""
    path = tmp_path / LEDGER_FILE
    path.write_bytes(content)
    with pytest.raises(LedgerError) as error:
        SqliteFile(path)
    assert code_of(error) == "ledger-damaged"
    assert str(path) in (error.value.diagnostics[0].hint or "")
    assert path.read_bytes() == content


def test_a_file_truncated_while_it_was_in_use_is_diagnosed(tmp_path: Path) -> None:
    """Damage that shows only on reading is a diagnostic too."""
    path = tmp_path / LEDGER_FILE
    with closing(SqliteFile(path)) as ledger:
        for number in range(200):
            ledger.record_stage(f"account-{number}", "account", STAGE)
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with pytest.raises(LedgerError) as error, closing(SqliteFile(path)) as ledger:
        ledger.applied()
    assert code_of(error) == "ledger-damaged"


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    """A SQLite file of another program is not written to."""
    path = tmp_path / LEDGER_FILE
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(LedgerError) as error:
        SqliteFile(path)
    assert code_of(error) == "ledger-damaged"


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    """A file of a later version is neither misread nor changed; the refusal names the vend to install."""
    path = tmp_path / LEDGER_FILE
    SqliteFile(path).close()
    with closing(sqlite3.connect(path)) as later:
        later.execute("UPDATE written SET vend = '7.8.9'")
        later.commit()
        later.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    content = path.read_bytes()
    with pytest.raises(RefusedError) as error:
        SqliteFile(path)
    (problem,) = error.value.diagnostics
    assert problem.code == "ledger-newer"
    assert problem.detail == (
        f"ledger.sqlite3 has schema {SCHEMA_VERSION + 1}; this is vend {__version__}, which knows schemas up to "
        f"{SCHEMA_VERSION}."
    )
    assert problem.hint == "install vend 7.8.9 or newer"
    assert path.read_bytes() == content


def test_a_newer_ledger_that_does_not_say_who_wrote_it_is_refused_too(tmp_path: Path) -> None:
    """Whatever a later version did to the table that names its vend."""
    path = tmp_path / LEDGER_FILE
    SqliteFile(path).close()
    with closing(sqlite3.connect(path)) as later:
        later.execute("DROP TABLE written")
        later.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(RefusedError, match=r"newer version of vend$"):
        SqliteFile(path)


def test_a_place_that_cannot_be_written_is_diagnosed(tmp_path: Path) -> None:
    """A directory where the file should be is no traceback."""
    (tmp_path / LEDGER_FILE).mkdir()
    with pytest.raises(LedgerError) as error:
        SqliteFile(tmp_path / LEDGER_FILE)
    assert code_of(error) == "ledger-unavailable"


def test_a_file_where_the_directory_should_be_is_diagnosed(tmp_path: Path) -> None:
    """Nor is a file where its directory should be."""
    (tmp_path / "o-example").write_text("")
    with pytest.raises(LedgerError) as error:
        SqliteFile(tmp_path / "o-example" / LEDGER_FILE)
    assert code_of(error) == "ledger-unavailable"


def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    """Using it after its end is an error of its own kind, not sqlite3's."""
    ledger = SqliteFile(tmp_path / LEDGER_FILE)
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.applied()


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """What cannot be written as JSON is rolled back, and the ledger stays usable."""
    with closing(SqliteFile(tmp_path / LEDGER_FILE)) as ledger:
        ledger.start_run("r", "apply", "2026-01-01T00:00:00Z")
        with pytest.raises(TypeError):
            ledger.finish_run("r", "succeeded", {"set": {1}}, "2026-01-01T00:00:00Z")
        assert ledger.runs()[0].status == "running"
        ledger.record_stage("a", "account", STAGE)


_CONTENDER = """
import sys
from pathlib import Path
from vend.ledger import SqliteFile
ledger = SqliteFile(Path(sys.argv[1]))
got = 0
for number in range(20):
    holder = f"{sys.argv[2]}/{number}"
    got += ledger.acquire_slot("control-tower", holder, 10, 600)
print(got)
ledger.close()
"""


def test_processes_share_one_limit(tmp_path: Path) -> None:
    """Processes that open a new ledger at the same moment get exactly as many slots as there are."""
    from concurrent.futures import ThreadPoolExecutor

    from vend.process import Command, run

    path = tmp_path / LEDGER_FILE

    def contend(name: str) -> int:
        completed = run(
            Command(argv=(sys.executable, "-c", _CONTENDER, str(path), name), env=dict(os.environ), cwd=tmp_path)
        )
        assert completed.returncode == 0, completed.stderr
        return int(completed.stdout)

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert sum(pool.map(contend, "abcd")) == 10


def test_the_settings_choose_the_ledger(tmp_path: Path) -> None:
    """SQLite in the organization's directory by default; DynamoDB needs a client."""
    settings = Settings(name="example", home_region="eu-west-1")
    with closing(open_ledger(settings, tmp_path)) as ledger:
        assert isinstance(ledger, SqliteFile)
    assert (tmp_path / LEDGER_FILE).exists()
    shared = Settings(name="example", home_region="eu-west-1", ledger=DynamodbLedger(table="vend-ledger"))
    with pytest.raises(ValueError, match="connection"):
        open_ledger(shared, tmp_path)
