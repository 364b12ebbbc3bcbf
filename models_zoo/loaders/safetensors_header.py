"""The header of a stranger's safetensors file, compared with the file; nothing of the tensors is read."""

from pathlib import Path

from brainrank.benchmark.types.errors import InvalidDataError, first_line

MOST_HEADER_BYTES = 16 * 2**20
"""ImageNet networks have headers of 100 kB; 16 MiB is that of 150,000 tensors."""


def check_safetensors(path: Path) -> None:
    """Raise InvalidDataError unless the header is a plain one, of at least one tensor, and fits the rest of the file.

    That offsets follow each other without gaps and fit the shapes is asked by the library.
    """
    from safetensors import SafetensorError, safe_open

    with path.open("rb") as file:
        claimed = int.from_bytes(file.read(8), "little")
    if claimed > min(MOST_HEADER_BYTES, path.stat().st_size - 8):
        raise InvalidDataError(
            f"The file is damaged or no safetensors file (its header claims {claimed:,} bytes; it has "
            f"{path.stat().st_size:,}, and a header at most {MOST_HEADER_BYTES:,}); write it with "
            "safetensors.torch.save_file(state_dict, path)"
        )
    try:
        with safe_open(path, framework="np") as content:
            names = list(content.keys())
    except (SafetensorError, OSError, ValueError, UnicodeError) as error:
        raise InvalidDataError(
            f"The file is damaged or no safetensors file ({first_line(error)}); write it with "
            "safetensors.torch.save_file(state_dict, path)"
        ) from error
    if not names:
        raise InvalidDataError("The file holds no tensor; save a state dict")
