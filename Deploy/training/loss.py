"""What training minimises: density error cell by cell, and count error in windows of growing size."""

import torch
import torch.nn.functional as functional

WINDOWS = {4: 0.2, 8: 0.25, 16: 0.3}
"""Window sides in cells and their weights; the whole crop weighs WHOLE. Small windows say where, large ones are judged."""

WHOLE = 0.5

CELL_BETA = 0.25
"""People per cell up to which a cell's error counts squared: beyond it one dense cell would drown the others."""

FEW = 25
"""A crop weighs 1 / sqrt(1 + people / FEW): halfway between errors in people (MAE) and relative errors (NAE)."""


def crowd_loss(predicted: torch.Tensor, truth: torch.Tensor, cell_weight: float) -> torch.Tensor:
    """Mean over the batch of weighted people mistaken per crop; both N x 1 x S x S, people per cell, S a multiple of 16."""
    error = predicted - truth
    cells = functional.smooth_l1_loss(predicted, truth, beta=CELL_BETA, reduction="none").sum((1, 2, 3))
    whole = error.sum((1, 2, 3)).abs()
    loss = cell_weight * cells + WHOLE * whole
    for side, weight in WINDOWS.items():
        loss = loss + weight * side**2 * functional.avg_pool2d(error, side).abs().sum((1, 2, 3))
    return (loss * torch.rsqrt(1 + truth.sum((1, 2, 3)) / FEW)).mean()
