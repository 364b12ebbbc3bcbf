"""Simulated trials by presentation time: images are hard for all, the more so the shorter they are shown."""

from pathlib import Path

import numpy as np

CATEGORIES = ("cat", "dog", "car", "boat")
CONDITIONS = ("low-pass", "natural")


def write_timed_trials(
    path: Path, durations: tuple[float, ...], *, people: int, images: int, shared: bool = True, seed: int = 0
) -> None:
    """Write trials of people at each time and of one model without times; errors are `shared` or independent."""
    rng = np.random.default_rng(seed)
    rows = ["subj,condition,duration_ms,imagename,object_response,category,kind"]
    for condition in CONDITIONS:
        for duration in durations:
            for number in range(images):
                name = f"{condition}_{duration:g}_{number}.png"
                category = CATEGORIES[number % 4]
                difficulty = rng.random()
                chance = 0.9 - 0.5 / (1 + duration / 20)
                for who in range(people):
                    hard = difficulty if shared else rng.random()
                    right = hard < chance if rng.random() < 0.9 else rng.random() < chance
                    answer = category if right else CATEGORIES[(number + 1) % 4]
                    rows.append(f"p{who},{condition},{duration:g},{name},{answer},{category},human")
                right = difficulty < 0.6
                answer = category if right else CATEGORIES[(number + 2) % 4]
                rows.append(f"net,{condition},,{name},{answer},{category},model")
    path.write_text("\n".join(rows) + "\n")
