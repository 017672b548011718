"""The player in a real browser: it waits to be played, follows what is said, and works by keyboard alone."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from journeys.customers.tests.conftest import Opener
from journeys.listening.models import Play, Recording
from journeys.listening.tests.factories import heard_call
from journeys.tests.waiting import comes_true

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20_000  # milliseconds: on a busy machine a page takes seconds


def on_disk(recording: Recording) -> None:
    """Put the sound where the server looks for it: the test's own storage is this process's memory."""
    path = Path(settings.MEDIA_ROOT) / str(recording.file.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with recording.file.open("rb") as file:
        path.write_bytes(file.read())
    os.chmod(path, 0o644)


def second(page: Page) -> float:
    return float(page.evaluate("document.querySelector('[data-sound]').currentTime"))


def test_a_call_is_heard_from_a_word_and_read_along_by_keyboard_alone(open_page: Opener) -> None:
    found = heard_call()
    recording = found.recordings.get(state="fetched")
    on_disk(recording)
    page = open_page(f"/calls/{found.public_id}/#t=2.5")
    expect(page.locator(".seg.now")).to_contain_text("really annoyed", timeout=PATIENCE)
    assert page.evaluate("document.querySelector('[data-sound]').paused")  # nothing plays by itself
    assert not Play.objects.exists()
    page.get_by_label("Transcript.").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-t]:focus")).to_have_text("am")
    page.keyboard.press("Enter")
    comes_true(page, "document.querySelector('[data-sound]').currentTime > 2.9")
    expect(page.locator("[data-t].now")).to_have_count(1)
    page.keyboard.press("k")
    comes_true(page, "document.querySelector('[data-sound]').paused")
    page.locator("[data-t]", has_text="today").click()
    comes_true(page, "document.querySelector('[data-sound]').currentTime > 7")
    expect(page.locator(".seg.now")).to_contain_text("put it right")
    page.keyboard.press("k")
    page.get_by_label("Speed").select_option("1.5")
    assert page.evaluate("document.querySelector('[data-sound]').playbackRate") == 1.5
    assert Play.objects.filter(recording=recording).exists()
    page.keyboard.press("j")
    assert second(page) < 12
