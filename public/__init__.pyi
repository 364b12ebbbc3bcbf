from .api.python.analyse import encode as encode
from .api.python.analyse import error_consistency as error_consistency
from .api.python.analyse import rsa as rsa
from .api.python.analysis_results import ConsistencyResult as ConsistencyResult
from .api.python.analysis_results import EncodingResult as EncodingResult
from .api.python.analysis_results import RsaResult as RsaResult
from .api.python.benchmarks import benchmarks as benchmarks
from .api.python.brain_map import BrainMap as BrainMap
from .api.python.brain_map import brain_map as brain_map
from .api.python.claims import claims as claims
from .api.python.compare import Comparison as Comparison
from .api.python.compare import compare as compare
from .api.python.connect import Service as Service
from .api.python.connect import connect as connect
from .api.python.data import OwnData as OwnData
from .api.python.data import data as data
from .api.python.data import open_data as open_data
from .api.python.datasets import datasets as datasets
from .api.python.decoding import decoding_rdms as decoding_rdms
from .api.python.features import features as features
from .api.python.features import open_features as open_features
from .api.python.features_result import Features as Features
from .api.python.leaderboard import Leaderboard as Leaderboard
from .api.python.leaderboard import leaderboard as leaderboard
from .api.python.learn import learn as learn
from .api.python.learning_result import LearningResult as LearningResult
from .api.python.load import LoadedModel as LoadedModel
from .api.python.load import load as load
from .api.python.metrics import metrics as metrics
from .api.python.models import models as models
from .api.python.partition import partition as partition
from .api.python.partition_result import PartitionResult as PartitionResult
from .api.python.published import published as published
from .api.python.release import __version__ as __version__
from .api.python.reverse_predictivity import reverse_predictivity as reverse_predictivity
from .api.python.score import score as score
from .api.python.score_result import Score as Score
from .api.python.scores_result import ScoreFailure as ScoreFailure
from .api.python.scores_result import Scores as Scores
from .api.python.study_design import design as design
from .api.python.study_design_result import StudyDesign as StudyDesign
from .api.python.submission import Submission as Submission
from .benchmark.types.errors import BrainrankError as BrainrankError

__all__ = [
    "BrainMap",
    "BrainrankError",
    "Comparison",
    "ConsistencyResult",
    "EncodingResult",
    "Features",
    "Leaderboard",
    "LearningResult",
    "LoadedModel",
    "OwnData",
    "PartitionResult",
    "RsaResult",
    "Score",
    "ScoreFailure",
    "Scores",
    "Service",
    "StudyDesign",
    "Submission",
    "__version__",
    "benchmarks",
    "brain_map",
    "claims",
    "compare",
    "connect",
    "data",
    "datasets",
    "decoding_rdms",
    "design",
    "encode",
    "error_consistency",
    "features",
    "leaderboard",
    "learn",
    "load",
    "metrics",
    "models",
    "open_data",
    "open_features",
    "partition",
    "published",
    "reverse_predictivity",
    "rsa",
    "score",
]
