"""Regions whose responses are encoded, of studies that come as files of many regions or subjects."""

ENCODED_REGIONS: tuple[tuple[str, str, str, str], ...] = (
    ("majajhong2015", "v4", "v4", "Macaque V4, 88 sites, 3,200 images of objects"),
    ("majajhong2015", "it", "it", "Macaque IT, 168 sites, 3,200 images of objects"),
    ("freemanziemba2013", "v1", "early-visual", "Macaque V1, 102 neurons, 135 textures and noise images"),
    ("freemanziemba2013", "v2", "early-visual", "Macaque V2, 103 neurons, 135 textures and noise images"),
    *(
        ("nsd", f"{whose}.{region}", group, f"Human {area}, 7T fMRI, {what}")
        for whose, what in (
            ("shared", "4 subjects, 1,000 images"),
            *((f"subj{number:02d}", f"subject {number}, 10,000 images") for number in (1, 2, 5, 7)),
        )
        for region, group, area in (
            ("v1", "early-visual", "V1"),
            ("v2", "early-visual", "V2"),
            ("hv4", "v4", "V4"),
            ("ventral", "it", "ventral visual cortex"),
        )
    ),
    *(
        ("algonauts2023", f"subj{number:02d}.{region}", group, f"Human {area}, 7T fMRI, subject {number}")
        for number in range(1, 9)
        for region, group, area in (
            ("early", "early-visual", "early visual cortex"),
            ("ventral", "it", "ventral visual cortex"),
        )
    ),
    *(
        ("things_fmri", f"sub-{number:02d}.{region}", group, f"Human {area}, 3T fMRI, subject {number}")
        for number in (1, 2, 3)
        for region, group, area in (("v1", "early-visual", "V1"), ("hv4", "v4", "V4"), ("it", "it", "IT"))
    ),
    *(
        ("bold5000", f"csi{number}.{region}", group, f"Human {area}, 3T fMRI, subject {number}")
        for number in (1, 2, 3, 4)
        for region, group, area in (
            ("earlyvis", "early-visual", "early visual cortex"),
            ("loc", "it", "lateral occipital complex"),
            ("ppa", "it", "parahippocampal place area"),
        )
    ),
)
"""Data set, region, group of benchmarks and title."""
