from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import bathyscope as bs


def offered_undo(page):
    """Give the button that takes the last change back: pointed at, it stays until it is clicked."""
    button = page.get_by_role("button", name="Undo")
    button.hover()
    return button


@pytest.fixture
def writable(serve, demo, tmp_path: Path):
    """One run that may be renamed and deleted."""
    root = tmp_path / "runs"
    shutil.copytree(demo.run, root / "mine")
    return serve(root)


def test_a_run_is_renamed_tagged_archived_deleted_and_brought_back(visit, writable, until, run_id):
    page = visit(writable)
    row = page.locator(f'tr[data-run="{run_id(page, "mine")}"]')
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Tags", exact=True).last.click()
    page.get_by_role("textbox", name="Tags").fill("best, paper")
    page.get_by_role("button", name="Save").click()
    until(page, "window.bathyscope.live.runList.rows[0].tags.join() === 'best,paper'")
    row.locator(".tag", has_text="paper").wait_for()

    page.get_by_role("button", name="Archive", exact=True).click()
    undo = offered_undo(page)
    until(page, "window.bathyscope.live.runList.rows[0].archived")
    until(page, "document.querySelectorAll('tr[data-run]').length === 0")
    undo.click()
    until(page, "document.querySelectorAll('tr[data-run]').length === 1")

    page.get_by_role("button", name="Delete", exact=True).click()
    undo = offered_undo(page)
    until(page, "document.querySelectorAll('tr[data-run]').length === 0")
    until(page, "window.bathyscope.live.runList.rows.length === 0")
    undo.click()
    until(page, "document.querySelectorAll('tr[data-run]').length === 1")
    assert (writable.root / "mine" / "run.json").is_file()

    row.get_by_role("link").click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("a better name")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('h1').textContent === 'a better name'")
    page.reload()
    until(page, "document.querySelector('h1')?.textContent === 'a better name'")


def test_what_was_deleted_is_listed_and_taken_back_or_deleted_for_good(
    visit, serve, writable, until
):
    page = visit(writable)

    def delete() -> None:
        until(page, "document.querySelectorAll('tr[data-run]').length === 1")
        page.get_by_role("checkbox").last.check()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("link", name="Deleted runs").press("Enter")
        until(page, "document.querySelectorAll('main li').length === 1")

    delete()
    for_reading = visit(serve(writable.root, "--read-only"), "#/trash")
    until(for_reading, "document.querySelectorAll('main li').length === 1")
    assert for_reading.locator("main button").count() == 0
    name = page.locator("main li").inner_text().split("\n")[0]
    page.get_by_role("button", name=f"Restore {name}").press("Enter")
    until(page, "document.querySelector('main li') === null")
    assert (writable.root / "mine" / "run.json").is_file()
    page.get_by_role("link", name="All runs").last.click()
    delete()
    button = page.get_by_role("button", name=f"Delete for good {name}")
    button.press("Enter")
    page.get_by_role("dialog").get_by_text("Nothing can take it back").wait_for()
    page.keyboard.press("Escape")
    until(page, "document.querySelector('dialog') === null")
    assert page.locator("main li").count() == 1, "Escape deletes nothing"
    button.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").press("Enter")
    until(page, "document.querySelector('main li') === null")
    until(page, "document.activeElement.id === 'content'")
    assert list(writable.root.iterdir()) == []


def test_a_change_that_is_refused_changes_nothing(visit, serve, until, tmp_path: Path):
    visit.forgive("409")
    with bs.record("busy", runs_dir=tmp_path / "runs") as run:
        run.log({"loss": 1.0}, step=1)
        page = visit(serve(tmp_path / "runs"))
        row = page.locator("tr[data-run]")
        row.get_by_role("checkbox").check()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("status").get_by_text("Stop it first").wait_for()
        row.get_by_text("busy", exact=True).wait_for()


def test_a_server_for_reading_offers_no_changes(visit, shown):
    page = visit(shown)
    page.locator("tbody tr[data-run]").first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").wait_for()
    assert page.get_by_role("button", name="Delete", exact=True).count() == 0


def test_views_are_arranged_and_stay_so(open_room, shown, until, drawn):
    page = open_room(shown, "predictions")
    titles = page.locator("main article h3").all_inner_texts()
    last = titles[2]
    page.get_by_role("button", name=f"Actions for {last}", exact=True).click()
    page.get_by_role("menuitem", name="Pin to the top").click()
    until(page, "(t) => document.querySelector('main article h3').textContent === t", last)
    page.get_by_role("button", name=f"Actions for {last}", exact=True).click()
    page.get_by_role("menuitem", name="Rename this view").click()
    page.get_by_role("textbox", name="Name").fill("What matters")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('main article h3').textContent === 'What matters'")
    page.reload()
    until(page, "document.querySelector('main article h3')?.textContent === 'What matters'")
    until(page, drawn)
    page.get_by_role("button", name="Actions for What matters").click()
    page.get_by_role("menuitem", name="Undo my layout").click()
    are = (
        "(all) => JSON.stringify([...document.querySelectorAll('main article h3')]"
        ".map((h) => h.textContent)) === JSON.stringify(all)"
    )
    undo = offered_undo(page)
    until(page, are, titles)
    undo.click()
    until(page, "document.querySelector('main article h3').textContent === 'What matters'")
    arranged = page.locator("main article h3").all_inner_texts()
    page.reload()
    until(page, "window.bathyscope?.live.runList.loaded")
    until(page, are, arranged)


SIGNATURES = {"PNG": b"\x89PNG", "SVG": b"<?xml", "CSV": b""}


def test_a_view_is_saved_as_picture_and_as_numbers(open_room, shown):
    title = "Confusion matrix of the probe samples"
    page = open_room(shown, "predictions")
    for ending, signature in SIGNATURES.items():
        page.get_by_role("button", name=f"Actions for {title}", exact=True).click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=f"Save as {ending}").click()
        saved = Path(waiting.value.path()).read_bytes()
        assert saved.startswith(signature)
        assert len(saved) > 100
        assert waiting.value.suggested_filename.endswith(ending.lower())


def test_the_whole_run_is_saved_as_one_file(open_room, shown, open_html):
    page = open_room(shown, "overview")
    page.get_by_role("button", name="More actions").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="Save the report of this run (HTML)").click()
    report = open_html(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert report.locator("h1").inner_text() == page.locator("h1").inner_text()
