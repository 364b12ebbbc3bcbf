"""Classification by the network with recurrence, of which `supervised` is the same without: recurrent_backbone.py."""

from brainrank.models_zoo.training.objectives.supervised import Supervised

create = Supervised
