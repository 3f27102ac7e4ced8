"""Pages of office files. LibreOffice is outside: a small program stands in for it here."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from content_catalog.extraction import (
    ExtractionPool,
    Limits,
    MediaKind,
    office_program,
    page_image,
    word_boxes,
)

STAND_IN = """#!/bin/sh
for last; do :; done
{action}
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    for one in (tmp_path, *tmp_path.parents[:3]):
        if one.stat().st_uid == os.geteuid():
            one.chmod(one.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)

    def install(action: str) -> None:
        path = folder / "soffice"
        path.write_text(STAND_IN.format(action=action))
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    monkeypatch.setenv("PATH", str(folder))
    return install


def test_without_libreoffice_there_is_text_and_no_page_image(
    files, pool, program, tmp_path
) -> None:
    path = files.docx(files.paragraph("Words"))
    assert office_program() is None
    drawn = pool.render_images(path, MediaKind.DOCX, tmp_path / "derived")
    assert drawn.numbers == ()
    assert drawn.message == (
        "Page images of office files need LibreOffice, which is not installed."
    )
    assert pool.render_page(path, MediaKind.DOCX, 1, tmp_path / "derived") is None
    assert pool.extract(path, MediaKind.DOCX).pages[0].text == "Words"


def test_with_libreoffice_pages_and_boxes_are_made(files, pool, program, tmp_path) -> None:
    pdf = files.pdf("Slide one", "Slide two", name="made.pdf")
    pdf.chmod(0o644)
    program(f'cp "{pdf}" "${{last%.*}}.pdf"')
    path, derived = files.docx(files.paragraph("Words")), tmp_path / "derived"
    assert pool.render_images(path, MediaKind.DOCX, derived).numbers == (1, 2)
    assert page_image(derived, 2).is_file()
    assert [box.word for box in word_boxes(derived, 2)] == ["Slide", "two"]


def test_a_conversion_that_hangs_is_stopped_and_its_folder_removed(
    files, program, tmp_path, monkeypatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    program("sleep 120")
    started = time.monotonic()
    with ExtractionPool(1, Limits(wall_seconds=1.5)) as pool:
        drawn = pool.render_images(files.docx(""), MediaKind.DOCX, tmp_path / "derived")
    assert drawn.message == "Drawing the pages took too long and was stopped."
    assert time.monotonic() - started < 60
    assert list(scratch.iterdir()) == []


def test_a_program_that_makes_a_link_is_not_followed(files, pool, program, tmp_path) -> None:
    pdf = files.pdf("Somebody else's", name="other.pdf")
    pdf.chmod(0o644)
    program(f'ln -s "{pdf}" "${{last%.*}}.pdf"')
    drawn = pool.render_images(files.docx(""), MediaKind.DOCX, tmp_path / "derived")
    assert drawn.message == "LibreOffice could not draw the pages of this file."
