from .api.python.data import OwnData as OwnData
from .api.python.data import data as data
from .api.python.data import open_data as open_data
from .api.python.release import __version__ as __version__
from .benchmark.types.errors import BrainrankError as BrainrankError

__all__ = ["BrainrankError", "OwnData", "__version__", "data", "open_data"]
