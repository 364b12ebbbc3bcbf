"""The golden values of docs/conventions.md#golden-values, for tests; one of them holds the page to it."""

# Comparator; human IT's noise ceiling, lower and upper; what the animacy model and monkey IT reach with human IT.
RSA = [
    ("rho-a", 0.3723, 0.6657, 0.3345, 0.2963),
    ("corr", 0.3944, 0.6804, 0.3871, 0.3335),
]
# Experiment, people's kappa with each other by the model-vs-human convention, observed consistency, accuracy.
PEOPLE = [
    ("cue-conflict", 0.3311, 0.7652, 0.7755),
    ("edge", 0.3184, 0.8386, 0.8712),
    ("silhouette", 0.4757, 0.8035, 0.7531),
    ("colour", 0.4154, 0.8828, 0.8867),
    ("false-colour", 0.4440, 0.8759, 0.8737),
    ("power-equalisation", 0.5106, 0.8202, 0.7589),
]
# Experiment, kappa of ResNet-50's recorded trials with people, its accuracy.
RESNET50 = [
    ("cue-conflict", 0.0680, 0.1820),
    ("edge", 0.0363, 0.1375),
    ("silhouette", 0.4281, 0.5438),
]
SHAPE_BIAS_MEAN, SHAPE_BIAS_POOLED, SHAPE_BIAS_RESNET50 = 0.95759, 0.95869, 0.2139
# Convention, what it makes of a raw .2255 with reliability .8158.
NORMALISED = [("brainscore-2026", 0.0623), ("brainscore-2025", 0.0764)]
RAW, RELIABILITY = 0.2255, 0.8158
