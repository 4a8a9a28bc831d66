"""Steps of effort, the same on paper and in the terminal."""

EFFORT_STEPS = ("nothing", "under 1/3", "under 2/3", "not whole", "whole")


def effort_step(share: float, complete: float) -> int:
    """Which of the steps a share from 0 to 1 belongs to; it is whole from `complete`."""
    if share >= complete:
        return len(EFFORT_STEPS) - 1
    return 0 if share <= 0 else 1 + min(int(share * 3), 2)
