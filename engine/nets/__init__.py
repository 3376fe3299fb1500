"""Networks: plain nn.Module, tensors in, tensors out; no data, no device, no training."""
