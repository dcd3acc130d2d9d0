"""The page in a real browser, wide and on a phone: drawn, quiet, and doing what its buttons say."""

import csv
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from communities import done, write_few
from pages import HOSTILE, made_hostile, page_at

from vambx.report.page import report_of, write_report
from vambx.report.run_data import read_run

CHROMIUM = shutil.which("chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open the page in")
SIZES = {"wide": (1400, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, size="wide", **options):
    """The page, drawn; what goes wrong in it meanwhile, or leaves it, fails the test in the end."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **options)
    at, wrong = context.new_page(), []
    at.on("console", lambda message: wrong.append(message.text))
    at.on("pageerror", lambda error: wrong.append(str(error)))
    at.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    at.on("request", lambda request: wrong.append(request.url) if request.url != Path(path).as_uri() else None)
    at.goto(Path(path).as_uri())
    at.wait_for_selector("html[data-ready]", state="attached")
    yield at
    assert wrong == []
    context.close()


@pytest.fixture(scope="module", params=list(SIZES))
def page(request, browser, marked):
    with opened(browser, marked / "report.html", request.param) as at:
        yield at


@pytest.fixture(scope="module")
def data(marked):
    return page_at(marked / "report.html").data


@pytest.fixture(autouse=True)
def _dark(request):
    """Every test finds the page as it was opened, with no bin lit and nothing searched for."""
    yield
    if "page" in request.fixturenames:
        at = request.getfixturevalue("page")
        at.emulate_media(media="screen", color_scheme="light")
        at.fill("#search", "")
        if at.locator("#unlight").is_visible():
            at.click("#unlight")
        at.select_option("#colour", "0")


def traces(page, plot):
    """What a figure shows: its traces."""
    part = "{name: t.name, x: Array.from(t.x), y: Array.from(t.y), marker: t.marker, meta: t.meta}"
    return page.evaluate(f"id => document.getElementById(id).data.map(t => ({part}))", plot)


def drawn_points(page, plot):
    return page.locator(f"#{plot} .scatterlayer .point").count()


def names_shown(page):
    return page.locator("#table tbody tr:visible .pick").all_inner_texts()


def boxes(page, selector, side):
    """A measure of every element that is there to see, in pixels."""
    seen = "all.filter(e => e.getClientRects().length)"
    return page.locator(selector).evaluate_all(f"all => {seen}.map(e => e.getBoundingClientRect().{side})")


def test_the_page_is_no_wider_than_the_screen(page):
    width = page.evaluate("document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert max(boxes(page, ".plot svg", "right")) <= width
    assert min(boxes(page, ".tools :is(button, select, input)", "height")) >= 32  # large enough for a finger


def test_the_map_has_a_point_for_each_contig(page, data):
    shown = traces(page, "plot-map")
    xs = sorted(x for trace in shown for x in trace["x"])
    assert xs == sorted(data["contigs"]["map"]["tsne"][0])
    assert drawn_points(page, "plot-map") == len(data["contigs"]["in_map"])
    in_bins = [i for i in data["contigs"]["in_map"] if data["contigs"]["bin"][i] >= 0]
    assert len(next(trace for trace in shown if trace["name"] == "in a bin")["x"]) == len(in_bins)


def test_the_map_is_laid_out_and_coloured_as_asked(page, data):
    ways = page.locator("#colour option").all_inner_texts()
    assert ways == ["bin", "sample", "GC", "length", "depth", "depth in S1", "depth in S2"]
    assert page.locator("#layout option").all_inner_texts() == ["t-SNE", "principal components"]
    contigs = data["contigs"]
    page.select_option("#colour", label="GC")
    (trace,) = traces(page, "plot-map")
    assert trace["marker"]["color"] == pytest.approx([100 * contigs["gc"][i] for i in contigs["in_map"]])
    page.select_option("#colour", label="sample")
    by_sample = {trace["name"]: len(trace["x"]) for trace in traces(page, "plot-map")}
    assert by_sample == {
        name: sum(contigs["sample"][i] == number for i in contigs["in_map"])
        for number, name in enumerate(data["origins"])
    }
    assert page.locator("#plot-map .legendtext").all_text_contents() == data["origins"]
    page.select_option("#layout", "pca")
    assert sorted(x for trace in traces(page, "plot-map") for x in trace["x"]) == sorted(contigs["map"]["pca"][0])
    page.select_option("#layout", "tsne")


def test_every_figure_is_drawn(page):
    plots = page.locator(".plot").evaluate_all("all => all.map(e => e.id)")
    assert len(plots) == 15
    for plot in plots:
        assert sum(len(trace["x"]) for trace in traces(page, plot)) > 0, plot
        assert page.locator(f"#{plot} .main-svg").count() > 0
        assert page.locator(f"#{plot}").get_attribute("aria-label")


def test_training_has_a_point_for_each_epoch(page, data):
    for plot, term in (("plot-loss", "loss"), ("plot-kld", "kld"), ("plot-rate", "learning_rate")):
        (trace,) = traces(page, plot)
        assert trace["y"] == data["training"][term]
        assert trace["x"] == data["training"]["epoch"]
    assert page.locator("#plot-loss .annotation-text").all_text_contents() == ["kept"]


def test_a_click_on_a_heading_sorts_and_another_one_turns_it_round(page, data):
    bins = data["bins"]

    def sorted_by(key):
        page.click(f"#table button[data-key={key}]")
        heading = page.locator(f"#table th:has(button[data-key={key}])")
        return names_shown(page), heading.get_attribute("aria-sort")

    names, how = sorted_by("contamination")
    values = [bins["contamination"][bins["name"].index(name)] for name in names]
    assert values == sorted(values, reverse=True)
    assert how == "descending"
    names, how = sorted_by("contamination")
    values = [bins["contamination"][bins["name"].index(name)] for name in names]
    assert values == sorted(values)
    assert how == "ascending"
    names, how = sorted_by("name")
    assert (names, how) == (
        sorted(bins["name"], key=lambda name: [int(part) for part in name[1:].split("_")]),
        "ascending",
    )
    assert page.locator("#table th[aria-sort=none]").count() == page.locator("#table th[aria-sort]").count() - 1
    names, how = sorted_by("bp")
    assert [bins["bp"][bins["name"].index(name)] for name in names] == sorted(bins["bp"], reverse=True)


def test_headings_can_be_reached_by_keyboard(page, data):
    page.focus("#table button[data-key=gc]")
    page.keyboard.press("Enter")
    bins = data["bins"]
    first = names_shown(page)[0]
    assert bins["gc"][bins["name"].index(first)] == max(bins["gc"])
    page.click("#table button[data-key=bp]")


def test_searching_leaves_the_rows_that_match(page, data):
    bins = data["bins"]
    page.fill("#search", "s1 ")
    matching = [name for name, sample in zip(bins["name"], bins["sample"], strict=True) if sample == "S1"]
    assert 0 < len(matching) < len(bins["name"])
    assert sorted(names_shown(page)) == sorted(matching)
    assert page.locator("#found").inner_text() == f"{len(matching)} of {len(bins['name'])} bins"
    page.fill("#search", "nothing like it")
    assert names_shown(page) == []
    page.fill("#search", "")
    assert len(names_shown(page)) == len(bins["name"])


def test_the_table_is_downloaded_as_it_is_shown(page, data, marked, tmp_path):
    def download():
        with page.expect_download() as waiting:
            page.click("#download")
        waiting.value.save_as(tmp_path / "bins.tsv")
        assert waiting.value.suggested_filename == "bins.tsv"
        with open(tmp_path / "bins.tsv", encoding="utf-8", newline="") as handle:
            return list(csv.reader(handle, delimiter="\t"))

    with open(marked / "bins.tsv", encoding="utf-8", newline="") as handle:
        header, *expected = csv.reader(handle, delimiter="\t")
    page.click("#table button[data-key=name]")
    found_header, *found = download()
    assert found_header == header
    assert [row[0] for row in found] == names_shown(page)
    numbers = {row[0]: [float(cell) for cell in row[2:-3]] for row in expected}
    assert {row[0]: [float(cell) for cell in row[2:-3]] for row in found} == numbers
    assert sorted((row[0], row[1], row[-3], row[-1]) for row in found) == sorted(
        (row[0], row[1], row[-3], row[-1]) for row in expected
    )
    page.fill("#search", "s2")
    assert [row[0] for row in download()[1:]] == names_shown(page)
    page.fill("#search", "")
    page.click("#table button[data-key=bp]")


def test_a_click_on_a_bin_lights_its_contigs_up(page, data):
    contigs, bins = data["contigs"], data["bins"]
    for bin in (1, 0):
        page.locator(f"#table tr[data-bin='{bin}'] .pick").click()
        where = [k for k, i in enumerate(contigs["in_map"]) if contigs["bin"][i] == bin]
        *others, lit = traces(page, "plot-map")
        assert lit["meta"] == "lit"
        assert lit["x"] == [contigs["map"]["tsne"][0][k] for k in where]
        assert all(trace["marker"]["opacity"] < 0.5 for trace in others)
        said = f"{bins['name'][bin]}: {len(where)} of its {bins['n_contigs'][bin]:,} contigs are lit up"
        assert page.locator("#map-said").inner_text() == said
        assert page.locator("#table tr.lit .pick").all_inner_texts() == [bins["name"][bin]]
        assert page.locator(".pick[aria-pressed=true]").count() == 1
        assert page.locator("#which-bin").input_value() == str(bin)
    page.click("#unlight")
    assert not [trace for trace in traces(page, "plot-map") if trace["meta"] == "lit"]
    assert page.locator("#table tr.lit").count() == 0
    assert page.locator("#unlight").is_hidden()


def test_a_click_on_a_contig_of_the_map_picks_its_bin(page, data):
    page.locator("#plot-map").scroll_into_view_if_needed()
    at = page.locator("#plot-map .trace").last.locator(".point").first.bounding_box()
    page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.wait_for_selector("#table tr.lit", state="attached")
    bin = int(page.locator("#table tr.lit").get_attribute("data-bin"))
    assert page.locator("#which-bin").input_value() == str(bin)
    assert page.locator("#map-said").inner_text().startswith(f"{data['bins']['name'][bin]}: ")


def test_each_bin_is_shown_by_itself(page, data):
    bins, contigs = data["bins"], data["contigs"]
    page.select_option("#which-bin", "2")
    assert page.locator("#bin-said").inner_text().startswith(f"{bins['name'][2]}: {bins['grade'][2]}, ")
    assert traces(page, "plot-depths")[0]["y"] == bins["depths"][2]
    own = [i for i, bin in enumerate(contigs["bin"]) if bin == 2]
    assert traces(page, "plot-gc")[1]["x"] == pytest.approx([100 * contigs["gc"][i] for i in own])
    around = {trace["name"]: trace["y"] for trace in traces(page, "plot-around")}
    assert around["this bin"] == bins["around"][2]["own"]
    assert f"radius {bins['radius'][2]:.3f}" in " ".join(
        page.locator("#plot-around .annotation-text").all_text_contents()
    )
    copies = bins["markers"][2]
    assert page.locator("#chips li").count() == len(data["markers"]) == len(copies)
    assert page.locator("#chips .missing").count() == copies.count("0")
    assert page.locator("#chips .once").count() == copies.count("1")
    assert f"{copies.count('1')} found once" in page.locator("#markers-said").inner_text()
    page.click("#next-bin")
    assert page.locator("#which-bin").input_value() == "3"
    page.click("#previous-bin")
    assert page.locator("#which-bin").input_value() == "2"


def test_a_contig_is_shown_in_and_out(page, data):
    told = data["reconstruction"]
    page.select_option("#which-contig", "1")
    for plot, name, factor in (("plot-depths-out", "depths", 100), ("plot-tnf-out", "tnf", 1)):
        for trace, part in zip(traces(page, plot), told[name], strict=True):
            assert trace["y"] == pytest.approx([factor * value for value in part[1]])
    assert sum(traces(page, "plot-error-tnf")[0]["y"]) == told["n_judged"]
    page.locator("#table tr[data-bin='0'] .pick").click()
    chosen = page.locator("#which-contig").evaluate("e => e.selectedOptions[0].textContent")
    assert chosen == f"{data['bins']['medoid'][0]}, medoid of {data['bins']['name'][0]}"


def test_what_is_printed_is_light_and_fits_the_paper(page):
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_selector("html.printing", state="attached")
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()"
    assert page.evaluate(paper) == "#fff"
    widths = boxes(page, "main :not(svg *)", "width")
    assert len(widths) > 500
    assert max(widths) <= 691  # px, of A4 less its margins
    assert page.locator("nav").is_hidden()
    assert page.locator("#download").is_hidden()
    page.emulate_media(media="screen", color_scheme="light")
    page.wait_for_selector("html:not(.printing)", state="attached")
    assert page.locator("nav").is_visible()


def test_the_page_follows_the_reader_into_the_dark(browser, marked):
    with opened(browser, marked / "report.html", color_scheme="dark") as at:
        assert at.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
        assert at.evaluate("document.getElementById('plot-map').layout.font.color") == "#e8eaed"


def assert_fits_every_screen(at):
    """Nothing is wider than the screen, which may be turned or made smaller while the page is open."""
    for width, height in SIZES.values():
        at.set_viewport_size({"width": width, "height": height})
        at.wait_for_timeout(300)  # figures are drawn anew once the size has settled
        assert at.evaluate("document.documentElement.scrollWidth") == width
        assert max(boxes(at, ".plot svg", "right"), default=0) <= width


def test_hostile_names_are_shown_as_text(browser, marked, tmp_path):
    run = made_hostile(read_run(marked))
    path = tmp_path / "a <b>'\" ü#%?.html"
    path.write_bytes(report_of(run).encode("utf-8", "replace"))
    with opened(browser, path) as at:
        assert_fits_every_screen(at)
        assert at.locator("#table .pick").all_text_contents() == [made.name for made in run.bins]
        at.locator("#table tr[data-bin='0'] .pick").click()
        assert at.locator("#map-said").text_content().startswith(f"{HOSTILE}{run.bins[0].name.removeprefix(HOSTILE)}: ")
        assert at.locator("#chips li").first.text_content().startswith(HOSTILE)
        for way in range(at.locator("#colour option").count()):
            at.select_option("#colour", str(way))
        assert at.locator("#plot-depths .xtick text").first.text_content().startswith("</script")
        digits = page_at(path).data["bins"]["markers"][0]
        often = sum(digit > "1" for digit in digits)
        assert often > 0
        said = f"{digits.count('1')} found once, {often} more often, {digits.count('0')} missing, of {len(digits)}."
        assert at.locator("#markers-said").inner_text() == said
        assert at.locator("#chips .more").count() == often
        assert at.locator("svg b, svg a[href], main img, main b").count() == 0


def test_markup_in_short_names_is_not_obeyed_in_figures(browser, marked, tmp_path):
    run, names = read_run(marked), ("<b>S1</b>", "&lt;i>")
    path = tmp_path / "page.html"
    path.write_text(report_of(replace(run, abundance=replace(run.abundance, samples=names))), encoding="utf-8")
    with opened(browser, path) as at:
        assert tuple(at.locator("#plot-depths .xtick text").all_text_contents()) == names


@pytest.mark.parametrize("of", ["no bins", "too few", "begun"])
def test_odd_runs_are_quiet_too(browser, of, binned, rebin, tmp_path):
    if of == "no bins":
        outdir = rebin("--min-bin-size", "100000000")
    elif of == "too few":
        outdir = write_few(tmp_path / "few") / "out"
        files = ("--fasta", outdir.parent / "contigs.fa", "--bams", outdir.parent / "bams")
        done("bin", *files, "--outdir", outdir, "--min-bin-size", "0", "--no-markers", "-q")
    else:
        outdir = tmp_path / "begun"
        outdir.mkdir()
        (outdir / "report.html").write_text(report_of(replace(read_run(binned), bins=None, latent=None, history=None)))
    with opened(browser, outdir / "report.html" if of == "begun" else write_report(outdir)) as at:
        assert_fits_every_screen(at)
        n_bins = at.locator("#table tbody tr").count()
        assert n_bins == {"no bins": 0, "too few": 5, "begun": 0}[of]
        if n_bins:
            at.locator("#table tr[data-bin='1'] .pick").click()
            assert at.locator("#bin-said").inner_text().startswith(names_shown(at)[1])
            assert "no latent vectors" in at.locator("#around-note").inner_text()
        assert (at.locator("#plot-map").count() == 1) == (of == "no bins")
