"""The pages of `known-users status --html` in a headless Chromium: nothing fetched, nothing wrong, every number seen.

`tests/status-page/run` says how to run this.
"""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[2] / "target")).resolve()
PAGES = TARGET / "tmp"
SCREENSHOTS = TARGET / "status-page"

# Widths of a desktop's window, a tablet and telephones, of which 320 is the narrowest that the guidelines for
# accessible content know.
WIDTHS = [1280, 768, 390, 320]

# Elements that stick out of the window to the right, or whose text does not fit into them.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(element => {
    const box = element.getBoundingClientRect();
    const cut = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && !element.closest(".unseen");
    return box.right > window.innerWidth + 0.5 || box.left < -0.5 || cut;
}).map(element => element.outerHTML.slice(0, 120))"""

# WCAG's contrast of every text with the nearest background behind it.
CONTRASTS = """() => {
    const channels = color => color.match(/[\\d.]+/g).map(Number);
    const luminance = color => channels(color).slice(0, 3)
        .map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const color = getComputedStyle(element).backgroundColor;
            if (channels(color)[3] !== 0) return color;
        }
        return "rgb(255, 255, 255)";
    };
    const texts = [...document.querySelectorAll("body *")].filter(element =>
        !element.closest("svg") && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
    return texts.map(element => {
        const [light, dark] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => b - a);
        return [element.textContent, (light + 0.05) / (dark + 0.05)];
    });
}"""


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield browser
        browser.close()


@pytest.fixture(params=["status", "status-to-mend", "status-empty"])
def name(request):
    return request.param


@pytest.fixture
def open_page(browser, name):
    """Opens the page, and at the end holds against it whatever it said or asked for."""
    contexts, faults, requests = [], [], []
    url = (PAGES / f"{name}.html").as_uri()

    def open_page(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
    assert requests == [url] * len(contexts)


def numbers(name):
    return json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_into_every_window(open_page, name, width, scheme):
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(TOO_WIDE) == []
    for details in page.locator("details").all():
        details.locator("summary").click()
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(open_page, scheme):
    contrasts = open_page(color_scheme=scheme).evaluate(CONTRASTS)
    assert len(contrasts) > 5
    assert [(text, ratio) for text, ratio in contrasts if ratio < 4.5] == []


def test_every_number_can_be_read(open_page, name):
    counts = numbers(name)
    page = open_page()
    # As it is shown: what CSS hides is not in it.
    text = page.inner_text("body")
    if counts["known"] == 0:
        assert "Nobody is known yet." in text and "known-users import" in text
        assert page.locator("svg").count() == 0
        return
    shown = {row.split("\t")[0]: row.split("\t")[1] for row in text.splitlines() if row.count("\t") >= 2}
    last, hashes = counts["lastSignIn"], counts["passwordHash"]
    expected = {
        "migrated": counts["migrated"],
        "not there yet": counts["notThereYet"],
        "within 1 day": last["within1Day"],
        "within 7 days": last["within7Days"],
        "within 30 days": last["within30Days"],
        "longer ago": last["longerAgo"],
        "never": last["never"],
        "no password hash": hashes["without"],
        **hashes["byFormat"],
    }
    assert {what: shown.get(what) for what in expected} == {what: f"{count:,}" for what, count in expected.items()}
    tiles = page.locator(".tile .count").all_inner_texts()
    assert tiles == [f"{n:,}" for n in (counts["migrated"], counts["confirmed"], last["within30Days"], counts["suspended"])]
    assert (page.get_by_role("heading", name="To mend").count() == 1) == (counts["outcome"] == "findings")


def test_the_charts_are_drawn_and_say_what_they_are(open_page, name):
    counts = numbers(name)
    page = open_page()
    if counts["known"] == 0:
        return
    today = sum(day["migrated"] for day in counts["days"])
    for chart, described in [
        ("Everybody, by how far they have come", f"{counts['migrated']:,} migrated"),
        ("Migration over time", f"{today:,} migrated"),
        ("Last sign-ins per day", "last sign-in"),
    ]:
        svg = page.get_by_role("img", name=chart, exact=True)
        assert svg.is_visible()
        assert described in svg.locator("desc").text_content()
    # The parts of the whole stand side by side, over all of its width, and in proportion.
    whole = page.locator("svg.whole")
    width = whole.bounding_box()["width"]
    boxes = [rect.bounding_box() for rect in whole.locator("rect").all()]
    assert abs(sum(box["width"] for box in boxes) - width) < 1
    assert abs(boxes[0]["width"] / width - counts["migrated"] / counts["known"]) < 0.001
    # A bar a day, as high as its number.
    bars = page.locator("rect.a")
    of_day = {day["day"]: day["lastSignIns"] for day in counts["days"]}
    assert bars.count() == 30
    heights = {}
    for bar in bars.all():
        day, count = bar.locator("title").text_content().split(": ")
        assert of_day.get(day, 0) == int(count.replace(",", ""))
        heights[day] = float(bar.get_attribute("height")), of_day.get(day, 0)
    unit = max(height / count for height, count in heights.values() if count)
    assert all(abs(height - unit * count) < 0.2 for height, count in heights.values())
    # A curve never falls.
    for line in page.locator("path.line").all():
        ys = [float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", line.get_attribute("d"))]
        assert len(ys) > 7 and ys == sorted(ys, reverse=True)


def test_it_prints(open_page, name):
    page = open_page(color_scheme="dark")
    pdf = page.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", pdf)) in (1, 2, 3)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
