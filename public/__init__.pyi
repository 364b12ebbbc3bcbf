from .api.python.benchmarks import benchmarks as benchmarks
from .api.python.compare import Comparison as Comparison
from .api.python.compare import compare as compare
from .api.python.connect import Service as Service
from .api.python.connect import connect as connect
from .api.python.data import OwnData as OwnData
from .api.python.data import data as data
from .api.python.data import open_data as open_data
from .api.python.datasets import datasets as datasets
from .api.python.leaderboard import Leaderboard as Leaderboard
from .api.python.leaderboard import leaderboard as leaderboard
from .api.python.load import LoadedModel as LoadedModel
from .api.python.load import load as load
from .api.python.models import models as models
from .api.python.release import __version__ as __version__
from .api.python.score import score as score
from .api.python.score_result import Score as Score
from .api.python.scores_result import ScoreFailure as ScoreFailure
from .api.python.scores_result import Scores as Scores
from .api.python.submission import Submission as Submission
from .benchmark.types.errors import BrainrankError as BrainrankError

__all__ = [
    "BrainrankError",
    "Comparison",
    "Leaderboard",
    "LoadedModel",
    "OwnData",
    "Score",
    "ScoreFailure",
    "Scores",
    "Service",
    "Submission",
    "__version__",
    "benchmarks",
    "compare",
    "connect",
    "data",
    "datasets",
    "leaderboard",
    "load",
    "models",
    "open_data",
    "score",
]
