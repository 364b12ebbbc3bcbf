"""Values of CONVENTIONS.md, section 3, that code must reproduce."""

# Experiment, people's kappa with each other by the model-vs-human convention, observed consistency, accuracy.
PEOPLE = [
    ("cue-conflict", 0.3311, 0.7652, 0.7755),
    ("edge", 0.3184, 0.8386, 0.8712),
    ("silhouette", 0.4757, 0.8035, 0.7531),
    ("colour", 0.4154, 0.8828, 0.8867),
    ("false-colour", 0.4440, 0.8759, 0.8737),
    ("power-equalisation", 0.5106, 0.8202, 0.7589),
]
