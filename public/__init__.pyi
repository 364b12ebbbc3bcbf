from .api.python.benchmarks import benchmarks as benchmarks
from .api.python.datasets import datasets as datasets
from .api.python.models import models as models
from .api.python.release import __version__ as __version__
from .api.python.score import score as score
from .api.python.score_result import Score as Score
from .api.python.scores_result import ScoreFailure as ScoreFailure
from .api.python.scores_result import Scores as Scores
from .benchmark.types.errors import BrainrankError as BrainrankError

__all__ = [
    "BrainrankError",
    "Score",
    "ScoreFailure",
    "Scores",
    "__version__",
    "benchmarks",
    "datasets",
    "models",
    "score",
]
