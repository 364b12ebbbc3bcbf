"""The sha256 of the weights that come with the project: another file under the same name is another model."""

SHA256: dict[str, str] = {
    "supervised-0": "938a699fc8608bda16dd285f1ba02583de6b158080b4436e58cfa608aa9b2ea5",
    "simclr-0": "7b42e58df0b5478b8f03037a6ae63a449bee4549d35a673183534de0316aaefd",
}
