"""Long bodies on their way: in memory while short, then in a file that leaves no trace."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capture.spool import Spool

_steps = st.lists(st.one_of(st.binary(max_size=30), st.integers(0, 40)), max_size=20)


@given(_steps, st.integers(0, 50))
def test_a_spool_holds_what_went_in_wherever_it_lies(steps: list[bytes | int], limit: int) -> None:
    spool, expected = Spool(limit=limit), b""
    for step in steps:
        if isinstance(step, bytes):
            spool.append(step)
            expected += step
        else:
            spool.cut(step)
            expected = expected[: max(len(expected) - step, 0)]
        assert len(spool) == len(expected)
        assert bytes(spool.block()) == expected
    spool.close()
    assert bytes(spool.block()) == b""


def test_the_file_has_no_name_and_a_mapped_block_outlives_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=10)
    for _ in range(1000):
        spool.append(b"dong bao cao bang")
    block = spool.block()
    assert not isinstance(block, bytes)
    assert list(tmp_path.iterdir()) == []
    spool.close()
    assert bytes(block) == b"dong bao cao bang" * 1000


def test_a_refusing_disk_is_an_os_error(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "missing", limit=1)
    with pytest.raises(OSError, match="missing"):
        spool.append(b"xin chao")
