"""Map the top-level folders into the one installed namespace, `brainrank`.

pyproject.toml cannot give found packages a prefix, hence this file; everything else is there. The folder `public` is
`brainrank` itself: what `import brainrank` gives.
"""

from setuptools import find_namespace_packages, setup

FOLDERS = ("benchmark", "models_zoo", "datasets", "api", "workers")

setup(
    package_dir={"brainrank": "public", **{f"brainrank.{folder}": folder for folder in FOLDERS}},
    packages=["brainrank"]
    + [
        f"brainrank.{name}"
        for folder in FOLDERS
        for name in (folder, *(f"{folder}.{sub}" for sub in find_namespace_packages(folder)))
        if "__pycache__" not in name and ".pages.guide" not in name
    ],
)
