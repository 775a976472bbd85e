"""The optimiser of distillation: Muon for the matrices between the tower's tokens, AdamW for the rest.

Muon (Jordan et al., 2024) takes a matrix's momentum, sets all its singular values to about 1 and steps along that, so
that rare directions learn as fast as loud ones. Its step is scaled to the size of AdamW's (Liu et al., 2025), so that
both share one learning rate.
"""

import torch

MOMENTUM, ROUNDS = 0.95, 4
QUINTIC = 3.4445, -4.7750, 2.0315       # Jordan's coefficients: singular values from 0.05 to 1 go to about 1
SIZE_OF_ADAM = 0.2                      # the root mean square of AdamW's steps


def orthogonal(matrices):
    """Matrices [count, rows, columns], rows <= columns, with their singular values brought close to 1."""
    a, b, c = QUINTIC
    x = matrices / (matrices.flatten(1).norm(dim=1) + 1e-7)[:, None, None]
    for _ in range(ROUNDS):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    return x


def lying(matrix):
    """The matrix or its transpose, whichever has no more rows than columns."""
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t()


class Muon(torch.optim.Optimizer):
    """Muon with decoupled weight decay. Matrices of one shape, transposed or not, are stepped at once."""

    def __init__(self, params, lr, weight_decay):
        super().__init__(params, {'lr': lr, 'weight_decay': weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group['params']:
                shapes.setdefault(tuple(sorted(p.shape)), []).append(p)
            for (_, longer), matrices in shapes.items():
                pushes = []
                for p in matrices:
                    momentum = self.state[p].setdefault('momentum', torch.zeros_like(p))
                    momentum.mul_(MOMENTUM).add_(p.grad)
                    pushes.append(lying(p.grad + MOMENTUM * momentum))
                steps = orthogonal(torch.stack(pushes)) * (SIZE_OF_ADAM * longer ** 0.5)
                for p, step in zip(matrices, steps):
                    p.mul_(1 - group['lr'] * group['weight_decay'])
                    lying(p).sub_(step, alpha=group['lr'])


class Both:
    """Muon for matrices between tokens of the `tower`; AdamW, three times slower, for its other parameters and those of
    the `lessons`. Only matrices decay."""

    def __init__(self, tower, lessons, weight_decay):
        inner = [p for name, p in tower.named_parameters() if p.dim() == 2 and 'embedding' not in name]
        outer = set(tower.parameters()) - set(inner)
        groups = []
        for module in (tower, lessons):
            for decay, of in ((weight_decay, lambda p: p.dim() > 1), (0.0, lambda p: p.dim() <= 1)):
                chosen = [p for p in module.parameters() if of(p) and (module is lessons or p in outer)]
                groups.append({'params': chosen, 'speed': 1, 'weight_decay': decay})
        self.parts = (Muon([{'params': inner, 'speed': 3}], 0.0, weight_decay),
                      torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98)))
        self.parameters = [p for group in self.groups() for p in group['params']]

    def groups(self):
        return [group for part in self.parts for group in part.param_groups]

    def step(self, rate):
        """One step at the rate of AdamW on the tower."""
        for group in self.groups():
            group['lr'] = group['speed'] * rate
        for part in self.parts:
            part.step()

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad()

    def state_dict(self):
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states):
        for part, state in zip(self.parts, states):
            part.load_state_dict(state)
