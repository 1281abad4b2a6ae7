"""Refuses files that are damaged, or newer than this version can read."""

from __future__ import annotations

from bathyscope._errors import DamagedFile
from bathyscope.runs import parquet
from bathyscope.runs.files import checksum
from bathyscope.runs.footer import Footer, read_footer
from bathyscope.runs.layout import Part


def check_parquet(part: Part) -> Footer:
    """Refuse a Parquet file that was damaged, or that a newer version wrote."""
    check_bytes(part)
    try:
        footer = read_footer(part.path)
        version = int(footer.texts.get(parquet.VERSION_KEY.encode(), parquet.VERSION))
    except ValueError as error:
        raise DamagedFile(f"it cannot be read ({error})") from error
    check_version(version, parquet.VERSION)
    return footer


def check_bytes(part: Part) -> None:
    """Refuse a file whose bytes are not those that were written."""
    found = checksum(part.path)
    if found != part.checksum:
        raise DamagedFile(
            f"its bytes are not those that were written (CRC32 {found}, not {part.checksum})"
        )


def check_version(version: int, known: int) -> None:
    """Refuse a newer format."""
    if version > known:
        raise DamagedFile(
            f"it has format version {version}, and this bathyscope reads up to {known}; "
            "use a newer one"
        )
