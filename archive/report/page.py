"""The report as a page: HTML and CSS of our own, every word of a portal escaped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Any, Final

from archive.report.figures import FIELDS, Figures, Portal
from archive.report.plots import lines, sparkline, words

_VIETNAM: Final = timezone(timedelta(hours=7))
_PROBLEMS: Final = 6
_LONGEST: Final = 400
# Columns of plots, which begin at the left.
_PLOTS: Final = ("articles a day", "over time")
_NAMES: Final = {
    "lead": ("sapô", "lead"),
    "authors": ("tác giả", "authors"),
    "section": ("chuyên mục", "section"),
    "tags": ("thẻ", "tags"),
    "images": ("ảnh", "images"),
    "published_at": ("ngày", "date"),
    "minute": ("giờ phút", "minute"),
    "source_name": ("nguồn", "source"),
}
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5d6873; --paper: #fff; --edge: #dfe3e8; --band: #f5f7f9;
  --one: #1463a5; --two: #c2571a; --good: #2c7a3f; --bad: #b3261e; --fill: 20 99 165; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa6b2; --paper: #14181c; --edge: #313940;
  --band: #1b2126; --one: #6cb2f0; --two: #f0955c; --good: #72c586; --bad: #f28b82; --fill: 108 178 240; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
i { font-style: normal; color: var(--soft); font-weight: normal; } h1 i, h2 i { margin-left: .4rem; }
p { margin: .2rem 0; color: var(--soft); }
.wide { overflow-x: auto; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 0 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem; text-align: right; border-bottom: 1px solid var(--edge); white-space: nowrap; }
th { font-size: .8rem; line-height: 1.25; vertical-align: bottom; } th i { display: block; font-size: .75rem; }
th:first-child, td:first-child, td.left, th.left { text-align: left; }
td:first-child { position: sticky; left: 0; background: var(--paper); font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); }
.share { background: rgb(var(--fill) / calc(var(--s) * .45)); }
svg { display: block; } .plot { width: 100%; height: auto; } .plot text { font-size: 11px; fill: var(--soft); }
.bar { fill: var(--one); } .grid { stroke: var(--edge); fill: none; }
.line0, .line1 { fill: none; stroke: var(--one); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.line1 { stroke: var(--two); }
.key0::before, .key1::before { content: ""; display: inline-block; width: 1rem; height: 3px; margin-right: .4rem;
  vertical-align: middle; background: var(--one); }
.key1::before { background: var(--two); } .key1 { margin-left: 1rem; }
ul { margin: .3rem 0; padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
"""


def render(figures: Figures) -> str:
    """The report as one HTML page."""
    bad = [portal for portal in figures.portals if portal.last["exit_code"]]
    span = figures.span
    ends = (f"{span.first:%Y-%m-%d}", f"{span.last:%Y-%m-%d}")
    parts = [
        f"<h1>Báo cáo thu thập <i>Harvest report</i></h1><p>{_when(figures.made)} · {len(figures.portals)} "
        f"{_or('trang báo', 'portals')} · {figures.runs} {_or('lượt', 'runs')} · {len(bad)} "
        f"{_or('có vấn đề', 'with problems')}</p>",
        _troubles(bad),
        _heading("Các trang báo", "Portals"),
        _note(
            "Bài mỗi ngày theo ngày đăng; độ trễ từ lúc đăng đến lúc lưu, tính bằng giờ, 60 ngày gần nhất",
            f"articles a day by day of publication, {ends[0]} to {ends[1]}; lag from publication to capture in hours, "
            "last 60 days",
        ),
        _portals(figures.portals),
        _heading("Tỷ lệ có dữ liệu", "Fill rates"),
        _note("Phần bài có từng trường, 60 ngày gần nhất", "share of articles with each field, last 60 days"),
        _fill_rates(figures.portals),
        '<div class="two"><section>',
        _heading("Độ trễ", "Lag between publication and capture"),
        _key("trung vị, giờ", "median, hours", "phân vị 90", "90th percentile"),
        lines([("median", figures.lag_median), ("90th percentile", figures.lag_p90)], ends, "Lag in hours", " h"),
        "</section><section>",
        _heading("Dung lượng WARC", "Disk use"),
        _sizes(figures),
        lines([("bytes of WARC", figures.warc_bytes)], ends, "Bytes of WARC written", "B"),
        "</section></div>",
        _heading("Lỗi theo loại", "Errors by kind"),
        _errors(figures),
    ]
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>baotinh</title><style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _troubles(portals: list[Portal]) -> str:
    if not portals:
        return ""
    items = [
        f"<li><b>{_text(portal.name)}</b> <span class=bad>{portal.last['exit_code']}</span> {_text(problem)}</li>"
        for portal in portals
        for problem in (portal.last["problems"] or ["?"])[:_PROBLEMS]
    ]
    return f"{_heading('Cần xem', 'Needs a look')}<ul>{''.join(items)}</ul>"


def _portals(portals: list[Portal]) -> str:
    heads = [
        ("trang", "portal"),
        ("lượt cuối", "last run"),
        ("kết quả", "result"),
        ("bài mỗi ngày", "articles a day"),
        ("mới", "new"),
        ("sửa", "changed"),
        ("gỡ", "gone"),
        ("còn thiếu", "missed"),
        ("trễ, trung vị", "lag, median"),
        ("trễ, 90%", "lag, p90"),
        ("p95, s", "answer p95, s"),
    ]
    return _table(heads, (_portal_row(portal) for portal in portals))


def _portal_row(portal: Portal) -> list[str]:
    last = portal.last
    code = last["exit_code"]
    result = "<td class=bad>" + str(code) if code else "<td class=good>✓"
    plot = sparkline(portal.per_day, f"{portal.name}: {portal.per_day[-1]:.1f}") if any(portal.per_day) else "–"
    median, p90 = portal.lag or (None, None)
    return [
        f"<td>{_text(portal.name)}",
        f"<td>{_when(last['started'])}",
        result,
        f'<td class="left">{plot}',
        *(f"<td>{_figure(last[name])}" for name in ("articles_new", "articles_changed", "articles_gone", "missed")),
        f"<td>{_figure(median)}<td>{_figure(p90)}",
        f"<td>{_figure(last['latency_p95'])}",
    ]


def _fill_rates(portals: list[Portal]) -> str:
    heads = [("trang", "portal"), ("bài", "articles"), *(_NAMES[name] for name in FIELDS)]
    rows = (
        [
            f"<td>{_text(portal.name)}<td>{portal.pages}",
            *(f'<td class="share" style="--s:{portal.filled[name]:.2f}">{portal.filled[name]:.0%}' for name in FIELDS),
        ]
        for portal in portals
        if portal.pages
    )
    return _table(heads, rows)


def _errors(figures: Figures) -> str:
    if not figures.errors:
        return "<p>–</p>"
    heads = [("loại", "kind"), ("số lần", "count"), ("theo thời gian", "over time")]
    rows = (
        [f"<td>{_text(kind)}<td>{count}", f'<td class="left">{sparkline(series, kind, 480)}']
        for kind, count, series in figures.errors
    )
    return _table(heads, rows)


def _sizes(figures: Figures) -> str:
    words = [f"{_text(name)}/ {_bytes(size)}" for name, size in figures.sizes.items() if size]
    if figures.free is not None:
        words.append(f"{_or('còn trống', 'free')} {_bytes(figures.free)}")
    return f"<p>{' · '.join(words)}</p>"


def _table(heads: Iterable[tuple[str, str]], rows: Iterable[list[str]]) -> str:
    head = "".join(
        f"<th{' class=left' if second in _PLOTS else ''}>{escape(first)}<i>{escape(second)}</i>"
        for first, second in heads
    )
    body = "\n".join(f"<tr>{''.join(row)}" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</thead><tbody>\n{body}</tbody></table></div>'


def _heading(first: str, second: str) -> str:
    return f"<h2>{_both(first, second)}</h2>"


def _note(first: str, second: str) -> str:
    return f"<p>{escape(first)}. {escape(second[0].upper() + second[1:])}.</p>"


def _key(first: str, one: str, second: str, two: str) -> str:
    return f'<p><span class="key0">{_or(first, one)}</span><span class="key1">{_or(second, two)}</span></p>'


def _both(first: str, second: str) -> str:
    return f"{escape(first)} <i>{escape(second)}</i>"


def _or(first: str, second: str) -> str:
    return f"{escape(first)} ({escape(second)})"


def _text(value: object) -> str:
    return words(str(value)[:_LONGEST])


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(_VIETNAM):%Y-%m-%d %H:%M}"


def _figure(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _bytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
