"""The sha256 of the weights that come with the project: another file under the same name is another model."""

SHA256: dict[str, str] = {}
