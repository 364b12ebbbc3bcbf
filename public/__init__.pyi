from .api.python.release import __version__ as __version__
from .benchmark.types.errors import BrainrankError as BrainrankError

__all__ = ["BrainrankError", "__version__"]
