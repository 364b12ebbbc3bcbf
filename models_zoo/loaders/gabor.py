"""A V1-like Gabor energy model (Adelson & Bergen 1985; laid out as the wavelet pyramid of Kay et al. 2008)."""

import math

import torch
from torch import nn
from torch.nn import functional

ORIENTATIONS = 8
CYCLES_PER_IMAGE = (4, 8, 16, 24, 32)
SIDE = 128
# A standard deviation of .56 wavelengths gives a bandwidth of one octave, as V1's simple cells have.
SIGMA_WAVELENGTHS = 0.56


def gabor_pair(wavelength: float, orientation: float) -> torch.Tensor:
    """An even and an odd Gabor filter, (2, side, side), without response to a uniform field and of unit energy."""
    sigma = SIGMA_WAVELENGTHS * wavelength
    radius = math.ceil(2.5 * sigma)
    y, x = torch.meshgrid(*[torch.arange(-radius, radius + 1, dtype=torch.float64)] * 2, indexing="ij")
    phase = 2 * math.pi / wavelength * (x * math.cos(orientation) + y * math.sin(orientation))
    envelope = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
    even = envelope * (torch.cos(phase) - (envelope * torch.cos(phase)).sum() / envelope.sum())
    odd = envelope * torch.sin(phase)
    return torch.stack([even / even.norm(), odd / odd.norm()]).float()


class GaborEnergy(nn.Module):
    """Luminance through quadrature pairs of Gabor filters at every orientation and spatial frequency.

    Layer `simple`: the half-rectified responses of four phases; layer `complex`: the square root of the summed squares
    of each pair. Cells stand half a wavelength apart, so that each frequency samples the image as densely as it must.
    """

    def __init__(self) -> None:
        super().__init__()
        self.simple = nn.Identity()
        self.complex = nn.Identity()
        for cycles in CYCLES_PER_IMAGE:
            wavelength = SIDE / cycles
            pairs = [gabor_pair(wavelength, math.pi * k / ORIENTATIONS) for k in range(ORIENTATIONS)]
            self.register_buffer(f"filters_{cycles}", torch.cat(pairs)[:, None])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the complex cells' responses, (batch, cells)."""
        luminance = (images * images.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
        simple, energy = [], []
        for cycles in CYCLES_PER_IMAGE:
            filters = self.get_buffer(f"filters_{cycles}")
            stride = max(1, SIDE // (2 * cycles))
            # Replicated borders: zeros would show every cell near them an edge that is not in the image.
            framed = functional.pad(luminance, [filters.shape[-1] // 2] * 4, mode="replicate")
            responses = functional.conv2d(framed, filters, stride=stride)
            simple += [responses.relu().flatten(1), (-responses).relu().flatten(1)]
            even, odd = responses[:, 0::2], responses[:, 1::2]
            energy.append((even**2 + odd**2).sqrt().flatten(1))
        self.simple(torch.cat(simple, dim=1))
        responses_of_complex_cells: torch.Tensor = self.complex(torch.cat(energy, dim=1))
        return responses_of_complex_cells
