"""What training minimises: density error cell by cell, and count error in windows of growing size."""

import torch
import torch.nn.functional as functional

WINDOWS = {5: 0.15, 10: 0.2, 20: 0.25, 40: 0.4}
"""Window sides in cells and their weights. The counts of large windows are what is judged; small ones say where."""

CELL_BETA = 0.25
"""People per cell up to which a cell's error counts squared: beyond it one dense cell would drown the others."""


def crowd_loss(
    predicted: torch.Tensor, truth: torch.Tensor, cell_weight: float, window_weight: float
) -> torch.Tensor:
    """Mean over the batch of people mistaken per crop; both N x 1 x S x S, people per cell, S a multiple of 40."""
    crops = predicted.shape[0]
    loss = cell_weight * functional.smooth_l1_loss(predicted, truth, beta=CELL_BETA, reduction="sum")
    error = predicted - truth
    for side, weight in WINDOWS.items():
        windows = functional.avg_pool2d(error, side) * side**2
        loss = loss + window_weight * weight * windows.abs().sum()
    return loss / crops
