"""The gate of extraction: our figures on the replicas stand above their floors, and a fall below one is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from archive.errors import UsageError
from benchmarks import extraction
from benchmarks.extraction import Results, behind_trafilatura, figures_of, main, read_here
from benchmarks.floors import Floors
from benchmarks.readers import READERS, Found
from benchmarks.samples import Sample, replica_samples, warc_samples
from benchmarks.scores import MEASURES, foreign_lines, means, score
from benchmarks.truths import Pages, truth_of
from tests.replica.newsroom import newsroom
from tests.replica.sites import SITES

FEW = ("baohagiang", "vungcao")


@lru_cache(maxsize=1)
def _results() -> Results:
    floors = Floors.load()
    return read_here(replica_samples(floors.articles, floors.seed))


@lru_cache(maxsize=1)
def _sample() -> Sample:
    return replica_samples(1, 5, ("baohagiang",))[0]


def _perfect() -> Found:
    truth = _sample().truth
    return Found(
        lines=(truth.lead, *truth.paragraphs),
        title=truth.title,
        lead=truth.lead,
        published=truth.published,
        authors=truth.authors,
        source=truth.source,
        section=truth.section,
        tags=truth.tags or (),
        captions=truth.captions or (),
    )


def _score(found: Found) -> dict[str, float]:
    return score(found, _sample().truth, frozenset(MEASURES))


def test_our_figures_stand_on_or_above_their_floors() -> None:
    figures = figures_of(_results())
    assert {name: set(sites) for name, sites in figures.items()} == {"rules": set(SITES), "generic": set(SITES)}
    assert Floors.load().failures(figures) == []


def test_the_generic_reader_is_no_worse_than_trafilatura() -> None:
    floors = Floors.load()
    modes = [name for name in READERS if name.startswith("trafilatura")]
    samples = replica_samples(floors.articles, floors.seed)
    theirs = read_here(samples, modes)
    assert all(page.scores["body"] for pages in theirs.values() for page in pages if page.site != "baoquangngai")
    assert behind_trafilatura(_results() | theirs) == []


def test_a_perfect_reading_scores_one_and_every_fault_costs_its_own_measure() -> None:
    found, truth = _perfect(), _sample().truth
    assert _score(found) == dict.fromkeys(MEASURES, 1.0)
    faults = {
        "title": replace(found, title=None),
        "minute": replace(found, published=truth.published.replace(minute=(truth.published.minute + 1) % 60)),
        "authors": replace(found, authors=("Báo Hà Giang",)),
        "source": replace(found, source="Internet"),
        "section": replace(found, section=None),
        "tags": replace(found, tags=(*found.tags, "Thừa")),
        "captions": replace(found, captions=(*found.captions, "Thừa")),
        "clean": replace(found, lines=(*found.lines, "Tổng lượt truy cập: 603531")),
        "whole": replace(found, lines=found.lines[:-1]),
        "lead": replace(found, lead=None, lines=found.lines[1:]),
    }
    for measure, faulty in faults.items():
        fallen = {name for name, value in _score(faulty).items() if value < 1}
        assert measure in fallen
        assert fallen <= {measure, "body"}, measure


def test_furniture_is_told_from_captions_and_signatures() -> None:
    truth = _sample().truth
    own = [truth.title, truth.paragraphs[0][:80], *(truth.captions or ()), *truth.authors]
    assert foreign_lines([*own, "Ý kiến bạn đọc (0)"], truth) == ["Ý kiến bạn đọc (0)"]


def test_what_a_reader_or_a_page_does_not_have_is_not_scored() -> None:
    assert set(score(Found(), _sample().truth, frozenset({"body", "title"}))) == {"body", "title"}
    (sample,) = replica_samples(1, 5, ("caobang_gov",))
    assert sample.truth.tags is None
    assert means([{"body": 1.0}, {"body": 0.0, "tags": 1.0}]) == {"body": 0.5, "tags": 1.0}


# Floors


def _floors(tmp_path: Path, **figures: float) -> Path:
    path = tmp_path / "floors.json"
    Floors(2, 5, {"generic": {"vungcao": figures}}).save(path)
    return path


def test_floors_only_rise(tmp_path: Path) -> None:
    floors = Floors.load(_floors(tmp_path, lead=0.5, title=0.9))
    figures = {"generic": {"vungcao": {"lead": 0.66666, "title": 0.8}}}
    assert floors.failures(figures) == ["generic, vungcao: title is 0.8000, the floor 0.9000"]
    assert floors.raise_floors(figures) == 1
    assert floors.figures["generic"]["vungcao"] == {"lead": 0.6666, "title": 0.9}
    assert floors.failures({"generic": {"vungcao": {"lead": 0.66666}}}) == []


def test_a_floor_is_lowered_by_name_and_the_reason_is_kept(tmp_path: Path) -> None:
    path = _floors(tmp_path, lead=0.5, title=0.9)
    floors = Floors.load(path)
    figures = {"generic": {"vungcao": {"lead": 0.4, "title": 0.8}}}
    assert floors.lower_floors(figures, "lead", "the replica prints no lead any more") == 1
    floors.save(path)
    kept = Floors.load(path)
    assert kept.figures["generic"]["vungcao"] == {"lead": 0.4, "title": 0.9}
    assert kept.lowered[0]["reason"] == "the replica prints no lead any more"
    assert (kept.lowered[0]["from"], kept.lowered[0]["to"]) == (0.5, 0.4)


def test_a_site_without_floors_fails_until_they_are_written() -> None:
    (problem,) = Floors(1, 1).failures({"rules": {"baomoi": {"lead": 1.0}}})
    assert "--raise" in problem


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--lower", "lead"], "--reason"),
        (["--warc", "a.warc.gz"], "--truth"),
        (["--warc", "a.warc.gz", "--truth", "none.json"], "none.json"),
    ],
)
def test_bad_arguments_say_what_is_missing(arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--only", "rules"]) == 2
    assert word in capsys.readouterr().err


def _judge(path: Path, *arguments: str) -> int:
    options = extraction.options_of(["--floors", str(path), *arguments])
    return extraction.judge(read_here(replica_samples(2, 5, FEW)), Floors.load(path), options)


def test_a_fall_below_a_floor_ends_with_exit_code_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "floors.json"
    Floors(2, 5).save(path)
    assert _judge(path) == 4
    assert _judge(path, "--raise") == 0
    assert _judge(path) == 0
    floors = Floors.load(path)
    floors.figures["rules"]["vungcao"]["lead"] = 1.5
    floors.save(path)
    capsys.readouterr()
    assert _judge(path) == 4
    assert capsys.readouterr().err == "below: rules, vungcao: lead is 1.0000, the floor 1.5000\n"
    assert _judge(path, "--seed", "6") == 0
    assert _judge(path, "--lower", "lead", "--reason", "was a slip") == 0
    assert Floors.load(path).lowered[0]["reason"] == "was a slip"


def test_pages_of_other_sites_are_read_by_readers_in_processes_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages, truths = Pages(tmp_path / "elsewhere"), tmp_path / "elsewhere.truth.json"
    sample, story = _sample(), newsroom("baohagiang", 1, 5)[0]
    pages.add(sample.page.url, sample.page.body, truth_of(story))
    warc = pages.write()
    assert [(found.site, found.page.url, found.truth) for found in warc_samples(warc, truths, None)] == [
        ("elsewhere", sample.page.url, sample.truth)
    ]
    arguments = ["--warc", str(warc), "--truth", str(truths), "--only", "rules,trafilatura", "--rounds", "1"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "elsewhere, 1 pages" in printed
    assert "CPU per page, rules / trafilatura:" in printed


def test_truths_that_know_none_of_the_pages_are_refused(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "elsewhere")
    pages.add("https://vidu.vn/khac/", b"<p>x</p>", truth_of(newsroom("baohagiang", 1, 5)[0]))
    (tmp_path / "other.json").write_text(json.dumps([{"id": 7, "title": "T"}]))
    with pytest.raises(UsageError, match="none of its pages"):
        warc_samples(pages.write(), tmp_path / "other.json", None)
