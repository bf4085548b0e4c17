"""Takes the pictures of the report: `python docs/images/draw_report.py`, with a Chromium on PATH."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURES = (("light", "mixed", "light"), ("dark", "mixed", "dark"), ("300", "fleet-of-300", "light"))
FOLD = "document.querySelectorAll('details.account[open]').forEach((each) => { each.open = false; })"
sys.path.insert(0, str(HERE.parents[1] / "tests"))


def main() -> None:
    """Light and dark, and three hundred accounts grouped by unit."""
    from support.plans import PLANS
    from vend.review import review_of
    from vend.views import report

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, plan, scheme in (
            ("light", "mixed", "light"),
            ("dark", "mixed", "dark"),
            ("300", "fleet-of-300", "light"),
        ):
            path = Path(directory) / f"{name}.html"
            path.write_text(report(review_of(PLANS[plan]())), encoding="utf-8")
            page = browser.new_page(viewport={"width": 1120, "height": 760}, color_scheme=scheme)
            page.goto(path.as_uri())
            if name == "300":
                page.select_option("#group", "unit")
                page.get_by_role("button", name="3 refused").click()
                page.locator("details.account:visible > summary").first.click()
            else:
                page.evaluate(
                    "document.querySelectorAll('details.account[open]').forEach((each) => { each.open = false; })"
                )
                page.locator("details.account:has-text('shared-network') > summary").first.click()
            page.screenshot(path=HERE / f"report-{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
