"""One training step, captured as a CUDA graph: these small networks are bound by kernel launches, not by arithmetic."""

import torch


class Replay:
    """Calls `step`, which takes no arguments and returns tensors; on CUDA it is captured once and then replayed.

    `step` must draw its random numbers from the default generator and read everything else from tensors that stay
    where they are. If the capture fails, the step runs eagerly, much more slowly, and `log` is told so.
    """

    def __init__(self, step, log, warm_up=3):
        self.step, self.graph, self.result = step, None, None
        if not torch.cuda.is_available():
            return
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(warm_up):
                step()
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.result = step()
            self.graph = graph
        except RuntimeError as error:
            torch.cuda.synchronize()
            log(f"NO CUDA GRAPH, training will be several times slower: {error}")

    def __call__(self):
        if self.graph is None:
            return self.step()
        self.graph.replay()
        return self.result
