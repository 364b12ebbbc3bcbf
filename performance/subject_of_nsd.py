"""A subject of NSD's shape, generated: images on disk to four rows on the board; writes RESULTS-nsd.md.

`python -m performance.subject_of_nsd [--images N] [--folder DIR]` makes a package of 10,000 images (425 pixels, JPEG)
and three repeats of the responses of v1, v2, hv4 and ventral (1,350, 1,430, 690, 7,600 voxels), then scores
efficientnet-lite0 (seven layers) by `brainrank score`: the first region, killed while it scores and begun again; then
each of the others, told its estimate before.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

RESULTS = Path(__file__).parent / "RESULTS-nsd.md"
REGIONS = {"v1": 1_350, "v2": 1_430, "hv4": 690, "ventral": 7_600}
PIXELS, REPEATS, MODEL, GIB = 425, 3, "efficientnet-lite0", 2**30


def main() -> None:
    """Make the package, score it, write what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="nsd-"))
    package = folder / "subject"
    if not package.exists():
        make_package(package, folder / "given", asked.images)
    home = folder / "home"
    lines = [f"| {' | '.join(each)} |" for each in (("step", "minutes", "peak GiB", "score"), ("---",) * 4)]
    for number, region in enumerate(REGIONS):
        benchmark = f"subject.{region}.encoding"
        if number == 0:
            lines.append(
                row(f"{region}, killed when the first decompositions are stored", *killed(home, package, benchmark))
            )
        lines.append(row(region, *scored(home, package, benchmark)))
        print(lines[-1], flush=True)
    stored = sum(each.stat().st_size for each in home.rglob("*") if each.is_file()) / GIB
    text = [
        "# A subject of NSD's shape",
        "",
        f"`python -m performance.subject_of_nsd --images {asked.images}`, {time.strftime('%Y-%m-%d')}, "
        f"{len(os.sched_getaffinity(0))} processors: {asked.images:,} images, {sum(REGIONS.values()):,} voxels in four "
        f"regions, three repeats, {MODEL} with seven layers, from JPEG files to rows on the board.",
        "",
        *lines,
        "",
        f"What is stored afterwards: {stored:.1f} GiB.",
    ]
    RESULTS.write_text("\n".join(text) + "\n")
    if asked.folder is None:
        shutil.rmtree(folder)


def row(name: str, seconds: float, gib: float, score: str) -> str:
    """A row of the table."""
    return f"| {name} | {seconds / 60:.1f} | {gib:.2f} | {score} |"


def make_package(package: Path, given: Path, n_images: int) -> None:
    """Images whose spectrum falls as that of photographs does, and responses that depend on them."""
    images = given / "images"
    images.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        small = np.stack(list(pool.map(make_image, range(n_images), [images] * n_images, chunksize=50)))
    rng = np.random.default_rng(0)
    seen = small.reshape(n_images, -1) - small.reshape(n_images, -1).mean(axis=0)
    seen /= seen.std()
    words = ["dataset", "init", str(package), "--images", str(images), "--axes", "stimuli,repeats,targets"]
    for region, n_voxels in REGIONS.items():
        readout = rng.standard_normal((seen.shape[1], n_voxels)) / np.sqrt(seen.shape[1])
        signal_ = seen @ readout
        responses = np.empty((n_images, REPEATS, n_voxels), np.float32)
        for repeat in range(REPEATS):
            responses[:, repeat] = signal_ / signal_.std() * 0.5 + rng.standard_normal(signal_.shape)
        np.save(given / f"{region}.npy", responses)
        words += ["--responses", f"{region}={given / f'{region}.npy'}"]
    brainrank(given / "home", *words)
    shutil.rmtree(given)


def make_image(number: int, folder: Path) -> np.ndarray:
    """Write one image; return it at 16 x 16."""
    rng, waves = np.random.default_rng(number), np.fft.fftfreq(PIXELS)
    distance = np.hypot(waves[:, None], waves[None, :])
    distance[0, 0] = 1
    planes = [np.fft.ifft2(np.fft.fft2(rng.standard_normal((PIXELS, PIXELS))) / distance).real for _ in range(3)]
    mixed = np.stack([planes[0], planes[0] + 0.4 * planes[1], planes[0] + 0.4 * planes[2]], axis=-1)
    image = Image.fromarray(np.uint8(np.clip(128 + 48 * mixed / mixed.std(), 0, 255)))
    image.save(folder / f"{number:05d}.jpg", quality=90)
    return np.asarray(image.resize((16, 16)), dtype=np.float32)


def command(home: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """A command of brainrank's, and its environment."""
    return [str(Path(sys.executable).with_name("brainrank")), *words], {**os.environ, "BRAINRANK_HOME": str(home)}


def brainrank(home: Path, *words: str) -> str:
    """Run a command to its end; what it printed."""
    told, environment = command(home, *words)
    done = subprocess.run(told, check=True, env=environment, capture_output=True, text=True)
    return done.stdout


def scored(home: Path, package: Path, benchmark: str) -> tuple[float, float, str]:
    """Seconds, peak memory of the process and its children, and the score."""
    told, environment = command(home, "score", MODEL, "--dataset", str(package), "--benchmark", benchmark, "--json")
    began = time.monotonic()
    running = subprocess.Popen(told, env=environment, stdout=subprocess.PIPE, text=True)
    peak = watched(running)
    found = json.loads(running.communicate()[0])
    if running.returncode:
        raise SystemExit(f"{' '.join(told)} ended with {running.returncode}")
    return time.monotonic() - began, peak, of_score(found)


def of_score(found: Any) -> str:
    """A score with its interval and the layers it comes from."""
    score = found[0]
    interval = ", ".join(f"{score['interval'][end]:.3f}" for end in ("low", "high"))
    return f"{score['value']:.3f} [{interval}], {' '.join(sorted(set(score['layers'])))}"


def killed(home: Path, package: Path, benchmark: str) -> tuple[float, float, str]:
    """The same, killed with -9 once decompositions of two folds are stored."""
    told, environment = command(home, "score", MODEL, "--dataset", str(package), "--benchmark", benchmark, "--json")
    began = time.monotonic()
    running = subprocess.Popen(told, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    peak = 0.0
    while running.poll() is None and len(list(home.rglob("*-derived-*.npz"))) < 2:
        peak = max(peak, memory_of(running))
        time.sleep(1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    return time.monotonic() - began, peak, "killed"


def watched(running: subprocess.Popen[str]) -> float:
    """The most memory that a process and its children held, in GiB, seen twice a second until it ends."""
    peak = 0.0
    while running.poll() is None:
        peak = max(peak, memory_of(running))
        time.sleep(0.5)
    return peak


def memory_of(running: subprocess.Popen[Any]) -> float:
    """GiB held by a process and its children; pages of files are not theirs."""
    try:
        family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
        return sum(each.memory_info().rss - each.memory_info().shared for each in family) / GIB
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    main()
