"""Decodes one block of a file while the next one is read, on a second processor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from bathyscope.importers.tensorboard import batch
from bathyscope.importers.tensorboard.batch import Batch, decode
from bathyscope.importers.tensorboard.records import BLOCK, Block

#: For fewer bytes a thread is not worth starting.
FEWEST = 4 * BLOCK


def decoded(blocks: Iterator[Block], n_bytes: int) -> Iterator[tuple[Block, Batch]]:
    """Give blocks, in order, with what their events say.

    Parameters
    ----------
    blocks : iterator of Block
    n_bytes : int
        About so many bytes are to be read.
    """
    if batch.compiled is None or n_bytes < FEWEST:  # Python decodes one block at a time anyway
        yield from ((block, decode(block)) for block in blocks)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="bathyscope-decode") as pool:
        before: tuple[Block, Future[Batch]] | None = None
        for block in blocks:
            work = pool.submit(decode, block)
            if before is not None:
                yield before[0], before[1].result()
            before = block, work
        if before is not None:
            yield before[0], before[1].result()
