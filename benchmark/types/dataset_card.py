"""DatasetCard: where a study's files come from, who to cite, and what one may do with them."""

from dataclasses import dataclass

from brainrank.benchmark.types.remote_file import RemoteFile


@dataclass(frozen=True)
class DatasetCard:
    """A study: name, title, citation, licence as stated upstream, access terms, and its files."""

    name: str
    title: str
    citation: str
    licence: str
    access: str
    files: tuple[RemoteFile, ...]
