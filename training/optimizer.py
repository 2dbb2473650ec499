"""AdamW on float32 parameters whose bfloat16 copies the networks compute with."""

import torch


class MixedAdamW:
    """Master parameters, their running average and one fused, clipped update that a CUDA graph can hold."""

    def __init__(self, modules, betas=(0.9, 0.99), weight_decay=0.01, clip=1.0):
        self.copies = [p for module in modules for p in module.parameters() if p.requires_grad]
        self.device = self.copies[0].device
        self.masters = [p.detach().float().clone() for p in self.copies]
        for master in self.masters:
            master.grad = torch.zeros_like(master)
        self.average = [master.clone() for master in self.masters]
        self.averaged = 0
        self.clip = clip
        cuda = self.device.type == "cuda"
        self.rate = torch.zeros((), device=self.device)
        self.adam = torch.optim.AdamW(
            self.masters, lr=self.rate if cuda else 0.0, betas=betas, weight_decay=weight_decay, fused=cuda or None, capturable=cuda
        )

    def low_precision(self, modules):
        """Makes the networks compute in bfloat16 from now on."""
        for module in modules:
            module.to(torch.bfloat16)

    def set_rate(self, rate):
        self.rate.fill_(rate)
        if self.device.type != "cuda":
            self.adam.param_groups[0]["lr"] = rate

    def zero(self):
        for copy in self.copies:
            copy.grad = None

    def update(self):
        """Takes the gradients of the copies, updates the masters and rounds them back to the copies."""
        pairs = [(m.grad, c.grad) for m, c in zip(self.masters, self.copies) if c.grad is not None]
        torch._foreach_copy_([m for m, _ in pairs], [c for _, c in pairs])
        norm = torch.nn.utils.clip_grad_norm_(self.masters, self.clip, foreach=True)
        self.adam.step()
        with torch.no_grad():
            torch._foreach_copy_([c.data for c in self.copies], self.masters)
        return norm

    @torch.no_grad()
    def average_in(self, horizon):
        """Moves the average towards the masters; `horizon` counts calls, and the first calls count more."""
        self.averaged += 1
        keep = min(1 - 1 / horizon, self.averaged / (self.averaged + 9))
        torch._foreach_lerp_(self.average, self.masters, 1 - keep)

    @torch.no_grad()
    def copy_average_to(self, modules):
        targets = [p for module in modules for p in module.parameters()]
        torch._foreach_copy_([t.data for t in targets], self.average)

    def state(self):
        return dict(masters=self.masters, average=self.average, averaged=self.averaged, adam=self.adam.state_dict())

    @torch.no_grad()
    def load(self, state):
        torch._foreach_copy_(self.masters, state["masters"])
        torch._foreach_copy_(self.average, state["average"])
        torch._foreach_copy_([c.data for c in self.copies], self.masters)
        self.averaged = state["averaged"]
        self.adam.load_state_dict(state["adam"])
        if self.device.type == "cuda":
            self.adam.param_groups[0]["lr"] = self.rate
