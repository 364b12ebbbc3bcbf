from .api.python.benchmarks import benchmarks as benchmarks
from .api.python.datasets import datasets as datasets
from .api.python.models import models as models
from .api.python.release import __version__ as __version__
from .benchmark.types.errors import BrainrankError as BrainrankError

__all__ = ["BrainrankError", "__version__", "benchmarks", "datasets", "models"]
