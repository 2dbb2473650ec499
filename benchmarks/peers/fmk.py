"""The parts of the C interface (native/include/fmk/fmk.h) that forward passes on a GPU need, through ctypes.

Import torch first: libfmk runs on the libtorch that is loaded, and its tensors come from the same caching allocator, so torch's memory
statistics and its profiler see both.
"""

import ctypes as c

import torch

DTYPES = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2, torch.int64: 3, torch.uint8: 4}
CUDA = 1
MAX_BLOCKS = 8


class TensorDesc(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32),
        ("dtype", c.c_int32),
        ("device_type", c.c_int32),
        ("ndim", c.c_int32),
        ("sizes", c.c_int64 * 8),
        ("data", c.c_void_p),
    ]


class ContextParams(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32),
        ("device_type", c.c_int32),
        ("device_index", c.c_int32),
        ("threads", c.c_int32),
        ("memory_limit", c.c_uint64),
        ("attention_path", c.c_int32),
    ]


class UNetConfig(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32),
        *((name, c.c_int32) for name in ("in_channels", "out_channels", "layers_per_block", "norm_num_groups")),
        ("cross_attention_dim", c.c_int32),
        ("downsample_padding", c.c_int32),
        ("mid_block_scale_factor", c.c_float),
        ("norm_eps", c.c_float),
        ("block_count", c.c_int32),
        ("block_out_channels", c.c_int32 * MAX_BLOCKS),
        ("attention_head_dim", c.c_int32 * MAX_BLOCKS),
        ("down_attention", c.c_int32 * MAX_BLOCKS),
        ("up_attention", c.c_int32 * MAX_BLOCKS),
    ]


class AttentionPlan(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32),
        *((name, c.c_int32) for name in ("source_item", "edit_item", "cross_mode", "self_mode", "temporal_mode")),
        ("temporal_polarity", c.c_int32),
        ("token_count", c.c_int32),
        *((name, c.c_int64) for name in ("cross_max_tokens", "self_max_tokens", "temporal_max_tokens")),
        *((name, c.c_void_p) for name in ("cross_matrix", "cross_weights", "cross_equalizer", "cross_alpha")),
        *((name, c.c_void_p) for kind in ("cross", "self", "temporal") for name in (f"{kind}_masks", f"{kind}_mask_count")),
        ("source", c.c_int32),
        ("source_record", c.c_int32),
        ("source_cache", c.c_void_p),
    ]


class SourceCacheParams(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32),
        ("place", c.c_int32),
        ("bytes", c.c_uint64),
        ("directory", c.c_char_p),
    ]


class AttentionRuns(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32),
        ("reserved", c.c_uint32),
        ("calls", c.c_int64),
        ("operation", c.c_char_p),
        ("kernel", c.c_char_p),
        ("reason", c.c_char_p),
    ]


class Library:
    """libfmk; `call` raises with the library's message where a function fails."""

    def __init__(self, path):
        self.c = c.CDLL(path)
        self.c.fmk_last_error_message.restype = c.c_char_p

    def call(self, name, *arguments):
        status = getattr(self.c, name)(*arguments)
        if status != 0:
            raise RuntimeError(f"{name}: status {status}: {self.c.fmk_last_error_message().decode()}")

    def struct(self, kind, init):
        value = kind()
        self.call(init, c.byref(value), c.c_uint32(c.sizeof(value)))
        return value

    def describe(self, tensor):
        """A contiguous tensor in host memory, borrowed."""
        desc = self.struct(TensorDesc, "fmk_tensor_desc_init")
        desc.dtype = DTYPES[tensor.dtype]
        desc.ndim = tensor.dim()
        desc.sizes[: tensor.dim()] = tensor.shape
        desc.data = tensor.data_ptr()
        return desc


class UNet:
    """The native UNet with the weights of a diffusers UNet3DConditionModel's state dict, on the first GPU."""

    def __init__(self, library, config, weights, dtype):
        """config: diffusers' configuration; weights: tensors in host memory by name."""
        self.library = library
        params = library.struct(ContextParams, "fmk_context_params_init")
        params.device_type = CUDA
        self.context, self.handle = c.c_void_p(), c.c_void_p()
        library.call("fmk_context_create", c.byref(params), c.byref(self.context))
        stored = c.c_void_p()
        library.call("fmk_weights_create", self.context, c.byref(stored))
        for name, tensor in weights.items():
            library.call("fmk_weights_add", stored, name.encode(), c.byref(library.describe(tensor)))
        native = self._config(config)
        library.call("fmk_unet_create", self.context, stored, c.byref(native), DTYPES[dtype], c.byref(self.handle))
        library.c.fmk_weights_destroy(stored)

    def _config(self, config):
        native = self.library.struct(UNetConfig, "fmk_unet_config_init")
        for name in ("in_channels", "out_channels", "layers_per_block", "norm_num_groups", "cross_attention_dim"):
            setattr(native, name, config[name])
        native.norm_eps = config["norm_eps"]
        channels = config["block_out_channels"]
        native.block_count = len(channels)
        for i, count in enumerate(channels):
            native.block_out_channels[i] = count
            native.attention_head_dim[i] = config["attention_head_dim"]
            native.down_attention[i] = config["down_block_types"][i] == "CrossAttnDownBlock3D"
            native.up_attention[i] = config["up_block_types"][i] == "CrossAttnUpBlock3D"
        return native

    def upload(self, tensor, dtype):
        """[1,..] in host memory -> a tensor of the library."""
        handle = c.c_void_p()
        self.library.call(
            "fmk_tensor_create", self.context, c.byref(self.library.describe(tensor)), DTYPES[dtype], c.byref(handle)
        )
        return handle

    def forward(self, latents, text, timestep, plan=None):
        """Lists of uploaded tensors, one for each item -> a list of new ones. plan: an AttentionPlan."""
        batch = len(latents)
        handles = c.c_void_p * batch
        out = handles()
        self.library.call(
            "fmk_unet_forward",
            self.handle,
            handles(*latents),
            handles(*text),
            c.c_size_t(batch),
            c.c_double(timestep),
            None if plan is None else c.byref(plan),
            None,
            None,
            out,
        )
        return [c.c_void_p(h) for h in out]

    def read(self, handle, shape):
        host = torch.full(shape, float("nan"))
        self.library.call("fmk_tensor_read", handle, c.byref(self.library.describe(host)))
        return host

    def free(self, handles):
        for handle in handles:
            self.library.c.fmk_tensor_destroy(handle)

    def attention(self):
        """{(operation, kernel): (calls, reason)}"""
        count = c.c_int32()
        self.library.call("fmk_context_attention_count", self.context, c.byref(count))
        found = {}
        for i in range(count.value):
            runs = AttentionRuns(struct_size=c.sizeof(AttentionRuns))
            self.library.call("fmk_context_attention_runs", self.context, c.c_int32(i), c.byref(runs))
            found[runs.operation.decode(), runs.kernel.decode()] = (runs.calls, runs.reason.decode())
        return found
