"""Archives of the released layout, made small here; what is broken or hostile in one is named and writes nothing."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.readers.release_archives import archived_images

FIRST, SECOND = "n01514859_17156.png", "oven-0046-sketch-5.png"


def png(value: int) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(encoded, "PNG")
    return encoded.getvalue()


def packed(path: Path, members: dict[str, bytes], *, links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    return path


SESSION = {
    f"sketch/dnn/session-1/0002_ske_dnn_0_oven_00_{SECOND}": png(2),
    f"sketch/dnn/session-1/0001_cl_dnn_cr_bird_40_{FIRST}": png(1),
    "sketch/dnn/session-1/0003_ske_dnn_0_oven_00_oven-0047-sketch-50.png": png(3),
    "sketch/dnn/session-1/._0003_notes.txt": b"not an image",
}


def test_images_come_under_the_ids_of_the_trials(tmp_path: Path) -> None:
    archive = packed(tmp_path / "sketch.tar.gz", SESSION)
    found = archived_images(archive, {FIRST, SECOND}, tmp_path / "images", reporter=Silent())
    assert [each.stimulus_id for each in found] == [FIRST, SECOND]
    assert [np.asarray(Image.open(each.path))[0, 0, 0] for each in found] == [1, 2]
    assert sorted(each.name for each in (tmp_path / "images").iterdir()) == [FIRST, SECOND]
    assert found == archived_images(archive, {FIRST, SECOND}, tmp_path / "images", reporter=Silent())


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    hostile = {f"../../0001_cl_dnn_cr_bird_40_{FIRST}": png(1)}
    archive = packed(tmp_path / "bad.tar.gz", hostile, links={f"sketch/dnn/session-1/{SECOND}": "/etc/hostname"})
    with pytest.raises(InvalidDataError, match="lacks 1 of 2 images that people saw .first: oven-0046"):
        archived_images(archive, {FIRST, SECOND}, tmp_path / "deep" / "images", reporter=Silent())
    assert {each.name for each in tmp_path.rglob("*") if each.is_file()} == {"bad.tar.gz", FIRST}
    assert (tmp_path / "deep" / "images" / FIRST).is_file()


def test_a_truncated_archive_and_two_images_of_one_id_are_named(tmp_path: Path) -> None:
    whole = packed(tmp_path / "sketch.tar.gz", SESSION).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "page.tar.gz").write_bytes(b"<html>Not found</html>")
    for name in ("cut", "page"):
        with pytest.raises(InvalidDataError, match=rf"{name}.tar.gz is no readable archive .*; download it again"):
            archived_images(tmp_path / f"{name}.tar.gz", {SECOND}, tmp_path / "images", reporter=Silent())
    twice = packed(
        tmp_path / "twice.tar.gz", SESSION | {f"sketch/dnn/session-2/0009_cl_dnn_bw_bird_40_{FIRST}": png(4)}
    )
    with pytest.raises(InvalidDataError, match=f"two images of {FIRST}"):
        archived_images(twice, {FIRST}, tmp_path / "images", reporter=Silent())
