"""Schedules of devices, run step by step."""

from fractions import Fraction


def ring_all_reduce(n: int) -> tuple[Fraction, bool]:
    """Chunks that each of `n` devices sends round a ring, and whether all end with all sums.

    A device begins with `n` chunks; a chunk is the set of devices whose part it holds.
    """
    held = [[{device} for _ in range(n)] for device in range(n)]
    sent = [0] * n
    for step in range(2 * (n - 1)):
        moved = [(device, (device - step) % n) for device in range(n)]
        parcels = [(device, chunk, set(held[device][chunk])) for device, chunk in moved]
        for device, chunk, parcel in parcels:
            held[(device + 1) % n][chunk] |= parcel
            sent[device] += 1
    complete = all(chunk == set(range(n)) for device in held for chunk in device)
    return Fraction(max(sent)), complete and len(set(sent)) == 1


def pipeline_waits(p: int, m: int, v: int) -> Fraction:
    """Share of slots in which a device has nothing to do, in the forward pass of `m` microbatches.

    Device `i` holds stages `i`, `i + p`, ... of `v p`; it takes microbatches in groups of `p`, a group
    through each of its stages in turn, each as soon as the stage before is done.
    """
    queues = [_order(p, m, v, device) for device in range(p)]
    done: dict[tuple[int, int], int] = {}
    slot, work = 0, p * v * m
    while any(queues):
        ended = {}
        for queue in queues:
            if queue:
                stage, batch = queue[0]
                if stage == 0 or done.get((stage - 1, batch), slot) < slot:
                    ended[queue.pop(0)] = slot
        done |= ended
        slot += 1
    return 1 - Fraction(work, p * slot)


def _order(p: int, m: int, v: int, device: int) -> list[tuple[int, int]]:
    groups = [range(first, min(first + p, m)) for first in range(0, m, p)]
    return [(chunk * p + device, batch) for group in groups for chunk in range(v) for batch in group]
