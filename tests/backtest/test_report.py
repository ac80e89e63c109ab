"""The tear sheet holds everything, fetches nothing, and its charts appear in a real browser."""

import base64
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from pyrt import Backtest
from pyrt.backtest import Portfolio
from pyrt.backtest.results.measures import MEASURES
from pyrt.errors import InputError
from tests.backtest.bars.chaos import Chaos, random_bars
from tests.parity.market import random_market
from tests.parity.strategies import Cross, Quoter

PICTURES = ("drawdowns", "equity", "excursions", "exposure", "monthly_returns", "trades")
ROWS = 40 + 2  # the measures of bars, and the heads of two tables
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def run(n=600, rate=0.05, minutes=False):
    rng = np.random.default_rng(5)
    close = 100 * np.exp(np.cumsum(rng.normal(3e-4, 0.01, n)))
    time = np.datetime64("2021-01-01T00:00") + np.arange(n) * (1 if minutes else 1440)
    bars = {"time": time, "open": close, "high": close, "low": close, "close": close}
    return Backtest(bars).run_signals(rng.random(n) < rate, rng.random(n) < rate)


class Page(HTMLParser):
    """What a page refers to, shows and says."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.images, self.ids, self.tags, self.text = [], [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self.addresses += [attributes[name] for name in ("src", "srcset", "href", "action") if name in attributes]
        if tag == "img":
            self.images.append(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def result():
    return run()


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    return result.report(tmp_path_factory.mktemp("out") / "new" / "folder", title="Cross <50/200> & more")


def test_files(path):
    assert path.name == "report.html"
    for name in PICTURES:
        assert path.with_name(f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_of_ones_own_name(result, tmp_path):
    assert result.report(tmp_path / "mine.html") == tmp_path / "mine.html"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.html", *(f"mine_{name}.png" for name in PICTURES)]


def test_a_file_in_the_way_is_named(result, tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="out is a file"):
        result.report(tmp_path / "out")


def test_the_page_fetches_nothing_and_says_everything(result, path):
    text = path.read_text()
    page = Page(text)
    assert page.addresses
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert "default-src 'none'" in text
    assert "@import" not in text
    assert not re.search(r"url\(", text)
    assert not re.search(r"(https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9-]+\.[a-z]", re.sub(r"base64,[^\"]+", "", text))
    assert "Cross &lt;50/200&gt; &amp; more" in text
    for words in (*result.assumptions.values(), *result.warnings):
        assert words in page.text
    assert text.count("<tr>") == ROWS + min(len(result.drawdowns), 10) + len(result.trades)
    for measure in map(MEASURES.get, result.metrics):
        assert f">{measure.label}<" in text
        assert f">{measure.group}<" in text
    assert "$" not in re.sub(r"\$\{", "", text)  # no placeholder was left


def test_pictures_are_embedded_for_both_color_schemes_with_words(path):
    page = Page(path.read_text())
    assert len(page.images) == page.tags.count("source") == len(PICTURES)
    for image in page.images:
        assert len(image["alt"]) > 40
        assert base64.b64decode(image["src"].partition(",")[2]).startswith(b"\x89PNG")
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == page.tags.count("main") == 1


def test_a_long_list_of_trades_is_cut_and_says_so(tmp_path):
    result = run(n=3000, rate=0.5, minutes=True)
    text = result.report(tmp_path).read_text()
    assert f"The last 200 of {len(result.trades):,} trades" in text
    assert text.count("<tr>") == ROWS + 10 + 200
    assert len(text) < 4_000_000


def test_a_result_without_trades_has_a_report(tmp_path):
    text = run(rate=0.0).report(tmp_path).read_text()
    assert "No trades." in text
    assert "no entry signal: nothing was traded" in text


def test_one_bar_has_a_report(tmp_path):
    assert run(n=1).report(tmp_path).exists()


def test_the_same_run_gives_the_same_bytes(tmp_path):
    one, two = (run(n=50).report(tmp_path / name).read_bytes() for name in ("a", "b"))
    assert one == two


def browse(path, profile, *arguments):
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--disable-dev-shm-usage", f"--user-data-dir={profile}", "--window-size=1200,3000", *arguments]
    return subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=120, check=True)


needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no headless Chromium here: apt install chromium")


@pytest.mark.browser
@needs_browser
def test_charts_appear_in_a_browser(path, tmp_path):
    done = browse(path, tmp_path / "profile", "--dump-dom")
    assert 'data-rendered="true"' in done.stdout
    lines = re.findall(r'<path class="(\w+)" d="(M[^"]+)"', done.stdout)
    assert [name for name, _ in lines] == ["deep", "held", "equity"]
    assert all(d.count("L") > 100 and "NaN" not in d for _, d in lines)
    assert re.search(r'id="readout"[^>]*>2022-08-23 · equity [\d,]+ · buy and hold', done.stdout)
    assert '<div class="card" id="explorer">' in done.stdout  # shown: it is hidden until the script has run


ACTIONS = """
const chart = document.getElementById("chart"), readout = document.getElementById("readout"), said = [];
const box = chart.getBoundingClientRect(), reset = document.getElementById("reset");
const key = (name) => chart.dispatchEvent(new KeyboardEvent("keydown", { key: name }));
const pointer = (kind, share) => chart.dispatchEvent(new PointerEvent(kind, { clientX: box.left + share * box.width }));
const say = () => said.push(readout.textContent.slice(0, 10), reset.hidden);
chart.setPointerCapture = () => {};
key("Home"); say();
pointer("pointerdown", 0.4); pointer("pointermove", 0.7); pointer("pointerup", 0.7); key("Home"); say();
key("Escape"); key("End"); say();
document.title = said.join(" ");
"""


@pytest.mark.browser
@needs_browser
def test_the_curve_answers_keys_and_pointer(path, tmp_path):
    acted = tmp_path / "acted.html"
    acted.write_text(path.read_text().replace("</body>", f"<script>{ACTIONS}</script></body>"))
    title = re.search("<title>(.*?)</title>", browse(acted, tmp_path / "profile", "--dump-dom").stdout)
    start, whole, zoomed, part, end, whole_again = title[1].split()
    assert (start, end) == ("2021-01-01", "2022-08-23")
    assert start < zoomed < end
    assert (whole, part, whole_again) == ("true", "false", "true")


def requests_of(page, folder):
    """Count what a page asked for, by the browser's own log: its requests, unlike the browser's, have an origin."""
    log = folder / "net.json"
    browse(page, folder / "profile", "--dump-dom", f"--log-net-log={log}")
    return log.read_text().count('"initiator":"null"')


@pytest.mark.browser
@needs_browser
def test_the_page_requests_nothing(path, tmp_path):
    other = tmp_path / "other.html"
    other.write_text('<img src="http://nowhere.invalid/picture.png">')
    assert requests_of(other, tmp_path) == 1  # the measure sees what there is to see
    assert requests_of(path, tmp_path) == 0


def kinds():
    """Results of every other kind that has a report: how they are made, and whether buying and holding is drawn."""
    events, instruments = random_market(2)
    several = {"A": random_bars(13, 200), "B": random_bars(14, 200, skip=0.3)}
    alone, some = Backtest(several["A"], cash=10_000), Backtest(several, cash=10_000)
    on_events = Backtest(events, instruments=instruments, cash=10_000)
    rng = np.random.default_rng(1)
    signals = [{name: rng.random(len(bars)) < 0.1 for name, bars in several.items()} for _ in range(2)]
    return {
        "BarResult": (lambda: alone.run(Chaos, jit=False, seed=3), True),
        "BarResult of several": (lambda: some.run(Chaos, jit=False, seed=3), False),
        "EventResult": (lambda: on_events.run(Quoter, jit=False), False),
        "PortfolioResult on bars": (lambda: some.run(Portfolio([Chaos, Chaos]), jit=False), False),
        "PortfolioResult on events": (lambda: on_events.run(Portfolio([Quoter, Cross]), jit=False), False),
        "PanelResult, one of it": (lambda: some.run_signals(*signals)["B"], True),
        "PanelResult, an account": (lambda: some.run_signals(*signals, cash_sharing=True), False),
    }


KINDS = kinds()


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("kind", KINDS)
def test_the_report_of_every_kind_appears_and_requests_nothing(kind, tmp_path):
    make, held = KINDS[kind]
    result, log = make(), tmp_path / "net.json"
    path = result.report(tmp_path / "page", title=kind)
    dom = browse(path, tmp_path / "profile", "--dump-dom", f"--log-net-log={log}").stdout
    assert 'data-rendered="true"' in dom
    lines = dict(re.findall(r'<path class="(\w+)" d="(M[^"]+)"', dom))
    assert sorted(lines) == sorted(["deep", "equity", *(["held"] if held else [])])
    assert all(d.count("L") > 20 and "NaN" not in d for d in lines.values())
    assert re.search(r'id="readout"[^>]*>\d{4}-\d\d-\d\d.* · equity [\d,.]+', dom)
    shown = Page(dom)
    assert len(shown.images) >= 3
    assert all(len(base64.b64decode(image["src"].partition(",")[2])) > 5_000 for image in shown.images)
    account = getattr(result, "account", result)
    for words in (kind, *account.assumptions.values(), *account.warnings):
        assert words in shown.text
    assert log.read_text().count('"initiator":"null"') == 0


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_looks_like_something(path, tmp_path, scheme):
    picture = tmp_path / "page.png"
    dark = ["--force-dark-mode"] if scheme == "dark" else []
    browse(path, tmp_path / "profile", f"--screenshot={picture}", *dark)
    from matplotlib.image import imread

    pixels = imread(picture)[:, :, :3]
    assert pixels.shape[0] >= 2000
    assert len(np.unique((pixels[::4, ::4] * 255).astype(np.uint8).reshape(-1, 3), axis=0)) > 200
    assert (pixels.mean() > 0.6) == (scheme == "light")
