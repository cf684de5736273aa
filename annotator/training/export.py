"""The trained network to `encoder.onnx`: exported in fp32, attention fused, weights in int8."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from annotator.training.network import Network


class Inference(nn.Module):
    """The network as it is run: one window, no padding, tags as probabilities."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, own: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`vector` [1, d], `logits` [1, h + 4], `tags` [1, t, g]."""
        output = self.network(input_ids, token_type_ids, own)
        return output.vector, output.logits, output.tags.sigmoid()


def export(network: Network, path: Path) -> None:
    """Write fp32 ONNX with a free number of tokens."""
    ids = torch.ones((1, 8), dtype=torch.int64)
    length = {1: "tokens"}
    network.eval()
    torch.onnx.export(
        Inference(network),
        (ids, torch.zeros_like(ids), torch.ones((1, 8))),
        str(path),
        input_names=["input_ids", "token_type_ids", "own"],
        output_names=["vector", "logits", "tags"],
        dynamic_axes={"input_ids": length, "token_type_ids": length, "own": length, "tags": length},
        opset_version=17,
        dynamo=False,
    )


def quantise(source: Path, target: Path) -> None:
    """Fuse attention and layer norms, then store weights as int8 by output channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    with tempfile.TemporaryDirectory() as folder:
        fused = Path(folder) / "fused.onnx"
        optimize_model(str(source), model_type="bert", opt_level=0).save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            target,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # shapes behind fused nodes are unknown
        )


def quantise_words(source: Path, target: Path) -> None:
    """Store the word vectors, which are nearly all of a first stage, as int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8)
