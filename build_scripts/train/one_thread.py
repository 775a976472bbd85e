"""Imported first by every long run: one thread per process, for PyTorch and for OpenBLAS.

OpenBLAS keeps a pool of its own that torch.set_num_threads does not reach; its threads wait for each other in
a spin, which on a shared machine costs several times what they gain. Runs use two processes instead.
"""

import os

os.environ['OPENBLAS_NUM_THREADS'] = '1'
os.environ['OMP_NUM_THREADS'] = '1'
