"""What a benchmark can detect, as an example of what is answered."""

_DETECTION = {
    "first": 0.41,
    "told_from_second": 0.06,
    "pairs_told": 0.1,
    "smallest_difference": 0.088,
    "times_images": None,
    "times_subjects": None,
    "times_both": 7.3,
}
RECOVERY = {
    "models": ["resnet50", "efficientnet-lite0"],
    "worlds": 500,
    "ceiling": 0.371,
    "simulated_ceiling": 0.367,
    "as_measured": _DETECTION,
    "in_full": {**_DETECTION, "first": 1.0, "told_from_second": 0.87, "times_both": 1.0},
}
