from __future__ import annotations

import json

import pytest


@pytest.fixture
def listed(visit, shown, until):
    """The table of both runs; the server has read them, and has no more to tell of them."""
    page = visit(shown)
    until(page, "window.bathyscope.live.runList.rows.length === 2")
    until(page, "window.bathyscope.live.runList.rows.every((row) => 'val_loss' in row.last)")
    return page


def test_every_run_is_listed_with_its_last_values(listed, run_id, demo):
    from bathyscope.runs import Run

    page = listed
    row = page.locator(f'tr[data-run="{run_id(page, "first")}"]')
    row.wait_for()
    assert page.locator("tbody tr[data-run]").count() == 2
    header = page.locator("thead th").all_inner_texts()
    cells = row.locator("td").all_inner_texts()
    shown_values = dict(zip((name.strip() for name in header), cells, strict=True))
    expected = float(Run(demo.run).scalars("val_loss").values[-1])
    assert float(shown_values["val_loss"]) == pytest.approx(expected, rel=5e-4)
    assert "finished" in row.inner_text()


def test_search_finds_words_settings_and_comparisons(visit, shown, until):
    page = visit(shown)
    search = page.get_by_role("searchbox", name="Search the runs")
    for query, count in (
        ("framework=jax", 2),
        ("batch_size<1", 0),
        ("-framework=jax", 0),
        ("val_loss<100 epochs>=1", 2),
        ("nothing-is-called-so", 0),
    ):
        search.fill(query)
        until(page, f"document.querySelectorAll('tbody tr[data-run]').length === {count}")
    assert page.get_by_role("heading", name="No run matches this search").is_visible()
    page.get_by_role("button", name="Clear the search").click()
    until(page, "document.querySelectorAll('tbody tr[data-run]').length === 2")


def test_the_search_is_in_the_address_and_comes_back(visit, shown, until):
    page = visit(shown)
    page.get_by_role("searchbox", name="Search the runs").fill("status:finished")
    until(page, "location.hash.includes('q=status:finished')")
    address = page.evaluate("location.hash")
    again = visit(shown, address)
    assert again.get_by_role("searchbox", name="Search the runs").input_value() == "status:finished"


def test_a_click_on_a_header_sorts(visit, shown, until):
    page = visit(shown)
    page.get_by_role("button", name="Run", exact=True).click()
    until(page, "location.hash.includes('sort=name')")
    header = page.locator("th.name")
    until(page, "document.querySelector('th.name').getAttribute('aria-sort') === 'ascending'")
    header.get_by_role("button").click()
    until(page, "document.querySelector('th.name').getAttribute('aria-sort') === 'descending'")


def test_keys_walk_choose_and_open(listed, until):
    page = listed
    page.locator("tbody tr[data-run]").first.focus()
    page.keyboard.press("ArrowDown")
    until(page, "document.activeElement.dataset.position === '1'")
    page.keyboard.press("Space")
    until(page, "document.querySelectorAll('tr[aria-selected=true]').length === 1")
    page.keyboard.press("Enter")
    until(page, "location.hash.startsWith('#/run/')")


def test_ten_thousand_rows_stay_few_elements(listed, until):
    page = listed
    page.evaluate(
        """() => {
          const list = window.bathyscope.live.runList;
          const [row] = list.rows;
          list.rows = Array.from({ length: 10000 }, (_, i) =>
            ({ ...row, id: `x${i}`, name: `run ${String(i).padStart(5, '0')}`, created: i }));
        }"""
    )
    until(page, "document.querySelector('table').getAttribute('aria-rowcount') === '10001'")
    assert page.locator("tbody tr").count() < 60
    page.evaluate("document.querySelector('.scroller').scrollTop = 1e9")
    until(page, "[...document.querySelectorAll('td.name a')].at(-1).textContent === 'run 00000'")
    assert page.locator("tbody tr").count() < 60


def test_an_empty_folder_says_what_to_do(visit, serve, tmp_path):
    page = visit(serve(tmp_path))
    page.get_by_role("heading", name="No runs here yet").wait_for()
    assert "bathyscope demo" in page.locator("main").inner_text()
    assert str(tmp_path) in page.locator("main").inner_text()


def test_columns_are_chosen_and_kept(visit, shown, until):
    page = visit(shown)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="seed", exact=True).check()
    until(page, "[...document.querySelectorAll('th')].some((th) => th.innerText.trim() === 'seed')")
    kept = json.loads(page.evaluate("localStorage.getItem('bathyscope.columns')"))
    assert "config:seed" in kept
    page.reload()
    until(page, "[...document.querySelectorAll('th')].some((th) => th.innerText.trim() === 'seed')")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_table_fits_its_window(visit, shown, width, scheme):
    page = visit(shown, width=width, color_scheme=scheme)
    page.locator("tbody tr[data-run]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
