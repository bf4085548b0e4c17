"""The report in a real browser: what it shows, what clicking does, and that no value comes to life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.plans import PLANS, SECRETS
from vend.review import review_of
from vend.views import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


class Opened:
    """A report in a page, and everything that went wrong or out meanwhile."""

    def __init__(self, page: Page, directory: Path) -> None:
        self.page = page
        self.happened: list[str] = []
        self._directory = directory
        page.on("dialog", lambda dialog: self.happened.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: self.happened.append(f"error {error}"))
        page.on("console", lambda message: self.happened.append(f"console {message.text}"))
        page.on("request", self._requested)

    def open(self, name: str) -> Page:
        """Opens the report of a plan from its file."""
        path = self._directory / f"{name}.html"
        path.write_text(report(review_of(PLANS[name]())), encoding="utf-8")
        self.page.goto(path.as_uri())
        return self.page

    def shown(self) -> list[str]:
        """Names of the accounts that can be seen, in order."""
        return [str(each.inner_text()) for each in self.page.locator("details.account:visible > summary > .name").all()]

    def _requested(self, request: Any) -> None:
        if not request.url.startswith("file:"):
            self.happened.append(f"request {request.url}")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme="light")
    page.set_default_timeout(10_000)
    yield Opened(page, tmp_path)
    page.close()


def test_tiles_filter(opened: Opened) -> None:
    """One shows its accounts, two show those of both, none shows all; the count says so."""
    page = opened.open("mixed")
    everybody = opened.shown()
    assert len(everybody) == 7
    page.get_by_role("button", name="1 close").click()
    assert opened.shown() == ["legacy-batch"]
    page.get_by_role("button", name="1 move").click()
    assert opened.shown() == ["legacy-batch", "sandbox-kim"]
    assert page.locator("#shown").inner_text() == "2 of 7 accounts"
    page.get_by_role("button", name="1 close").click()
    page.get_by_role("button", name="1 move").click()
    assert opened.shown() == everybody
    page.get_by_role("button", name="1 destroy or replace").click()
    assert opened.shown() == ["shared-network"]
    assert not opened.happened


def test_the_keyboard_is_enough(opened: Opened) -> None:
    """`/` searches, words narrow down, Escape takes them back; tiles and accounts answer to Enter and the space bar."""
    page = opened.open("mixed")
    page.keyboard.press("/")
    page.keyboard.type("vpc cidr")
    assert set(opened.shown()) == {"payments-prod", "shared-network"}
    page.keyboard.press("Escape")
    assert len(opened.shown()) == 7
    page.locator("button.tile").first.focus()
    page.keyboard.press("Space")
    assert opened.shown() == ["taken-over"]
    account = page.locator("details.account:visible").first
    before = account.get_attribute("open")
    account.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert account.get_attribute("open") != before
    assert not opened.happened


def test_what_matches_nothing_says_so(opened: Opened) -> None:
    """Rather than an empty page."""
    page = opened.open("mixed")
    page.fill("#search", "no such thing anywhere")
    assert opened.shown() == []
    assert page.get_by_text("Nothing matches.").is_visible()


def test_grouping(opened: Opened) -> None:
    """By organizational unit under headings, by module with the accounts it changes in, and back."""
    page = opened.open("mixed")
    page.select_option("#group", "unit")
    assert page.locator("h2.group").all_inner_texts() == sorted(page.locator("h2.group").all_inner_texts())
    assert "Sandbox" in page.locator("h2.group").all_inner_texts()
    page.select_option("#group", "module")
    assert opened.shown() == []
    modules = page.locator("details.module:visible > summary .name").all_inner_texts()
    assert {"module.account", "module.spoke-network"} <= set(modules)
    assert page.locator("#modules").get_by_text("in shared-network").first.is_visible()
    page.select_option("#group", "account")
    assert len(opened.shown()) == 7
    assert page.locator("h2.group").count() == 0
    assert not opened.happened


def test_what_stays_is_one_click_away(opened: Opened) -> None:
    """Attributes that do not change are folded away."""
    page = opened.open("move")
    value = page.locator("#accounts").get_by_text("prod-abcdefghijklm")
    assert not value.is_visible()
    page.locator("details.unchanged > summary").first.click()
    assert value.first.is_visible()


def test_light_and_dark(opened: Opened) -> None:
    """By the system's wish, and by the button."""
    page = opened.open("mixed")

    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = paper()
    page.get_by_role("button", name="Switch between light and dark").click()
    assert paper() != light
    page.get_by_role("button", name="Switch between light and dark").click()
    assert paper() == light
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert paper() != light


def test_three_hundred_accounts_can_be_used(opened: Opened) -> None:
    """Searching finds one among them, unfolding opens what is shown."""
    page = opened.open("fleet-of-300")
    page.fill("#search", "team-113")
    assert opened.shown() == ["team-113"]
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator("details.account:visible[open]").count() == 1
    assert not opened.happened


@pytest.mark.parametrize("name", PLANS)
def test_nothing_comes_to_life(opened: Opened, name: str) -> None:
    """No script, request, error or foreign element, whatever the values are; and no secret."""
    page = opened.open(name)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    foreign = page.evaluate(
        "[...document.querySelectorAll('img, iframe, object, embed, link, form, base, a:not(.skip)')].length"
    )
    assert foreign == 0
    assert page.locator("script").count() == 1
    assert page.locator("style").count() == 1
    text = page.content()
    assert not [secret for secret in SECRETS if secret in text]
    assert not opened.happened


def test_it_prints_whole(opened: Opened) -> None:
    """On paper everything is unfolded and the controls are gone; afterwards it is as before."""
    page = opened.open("mixed")
    closed = page.locator("details:not([open])").count()
    assert closed
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator(".tools").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == closed


def test_without_its_script_it_can_be_read(browser: Browser, tmp_path: Path) -> None:
    """Everything is in the page; the script only arranges it."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    path = tmp_path / "report.html"
    path.write_text(report(review_of(PLANS["mixed"]())), encoding="utf-8")
    page.goto(path.as_uri())
    assert page.locator("details.account").count() == 7
    assert page.get_by_text("leaves Control Tower and is closed").is_visible()
    context.close()
