"""Regions that are experiments or groups of people, whose trials are compared with a model's answers."""

DISTORTED_IMAGES: tuple[tuple[str, int, int], ...] = (
    ("cue-conflict", 1280, 10),
    ("edge", 160, 10),
    ("silhouette", 160, 10),
    ("sketch", 800, 7),
    ("stylized", 800, 5),
    ("colour", 1280, 4),
    ("contrast", 1280, 4),
    ("high-pass", 1280, 4),
    ("low-pass", 1280, 4),
    ("phase-scrambling", 1120, 4),
    ("power-equalisation", 1120, 4),
    ("false-colour", 1120, 4),
    ("rotation", 1280, 4),
    ("eidolonI", 1280, 4),
    ("eidolonII", 1280, 4),
    ("eidolonIII", 1280, 4),
    ("uniform-noise", 1280, 4),
)
"""Of geirhos2021: the experiment, its images and people."""

AGES: tuple[tuple[str, str, int, int], ...] = (
    ("04-06-years", "children of 4 to 6 years", 156, 21),
    ("07-09-years", "children of 7 to 9 years", 240, 11),
    ("10-12-years", "children of 10 to 12 years", 240, 12),
    ("13-15-years", "children of 13 to 15 years", 240, 8),
    ("adults", "adults", 192, 3),
    ("all-ages", "people of 4 to 31 years", 240, 55),
)
"""Of robustness2023: the region, who they are, their images and people."""
