"""Files that are whole or not there, and logs: nothing raised, replaced or torn in between loses a line."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import DamagedFile, StorageError
from archive.files import (
    append_line,
    json_line,
    json_of,
    locked_log,
    placed_json_lines,
    read_json_lines,
    write_whole,
    writing_whole,
)


def test_what_is_raised_while_a_file_is_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_whole(path, [b"old"])

    def fail(error: Exception) -> None:
        with writing_whole(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(DamagedFile):
        fail(DamagedFile(path, 0, "spoilt"))
    with pytest.raises(StorageError, match="what was there before is unchanged"):
        fail(OSError(28, "No space left on device"))
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a", b"old")]


def test_a_line_follows_the_log_when_that_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log"
    waiting = threading.Thread(target=append_line, args=(path, b'{"n": 2}\n'))
    with locked_log(path) as file:
        file.write(b'{"n": 1}\n')
        file.flush()
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        write_whole(path, [b'{"n": 0}\n', path.read_bytes()])
    waiting.join(10)
    assert [line["n"] for line in read_json_lines(path, "")] == [0, 1, 2]


@given(st.lists(st.dictionaries(st.text(), st.text()), min_size=1), st.data())
def test_a_torn_line_is_ended_and_passed_over(
    tmp_path_factory: pytest.TempPathFactory, said: object, data: object
) -> None:
    assert isinstance(said, list)
    assert isinstance(data, st.DataObject)
    path = tmp_path_factory.mktemp("log") / "log"
    torn = json_line({"portal": "a", "words": "b}"})
    for value in said:
        append_line(path, json_line(value))
    whole = path.stat().st_size
    end = data.draw(st.integers(0, len(torn) - 2))
    with path.open("ab") as file:
        file.write(torn[:end])
    append_line(path, json_line({"last": "1"}))
    # Cut behind a brace within a word, a line looks like a damaged one: it is named.
    if torn[:end].endswith(b"}"):
        with pytest.raises(DamagedFile, match=f"at byte {whole}: not a JSON line"):
            list(read_json_lines(path, "mend it"))
    else:
        assert list(read_json_lines(path, "")) == [*said, {"last": "1"}]
        ((place, value),) = placed_json_lines(path, "", whole)
        assert value == {"last": "1"}
        assert path.read_bytes()[place:] == json_line(value)


@given(st.binary(max_size=30))
def test_any_line_is_an_object_or_none_or_named(line: bytes) -> None:
    try:
        value = json_of(line, Path("log"), 7, "mend it")
    except DamagedFile:
        value = {}
    assert value is None or line.rstrip().endswith(b"}")


@pytest.mark.parametrize("line", [b"null\n", b"7", b'"a"\n', b'[{"portal": "a"}]\n', b"true"])
def test_json_that_is_no_object_is_named(line: bytes) -> None:
    with pytest.raises(DamagedFile, match="log: at byte 7: not a JSON object; mend it"):
        json_of(line, Path("log"), 7, "mend it")
