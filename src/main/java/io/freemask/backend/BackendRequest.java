package io.freemask.backend;

import io.freemask.model.ModelDirectory;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;

/**
 * What a backend is to run.
 *
 * @param model the model directory
 * @param device where to compute
 * @param dtype of the models: F32, F16 or BF16
 * @param threads CPU threads of one operation; 0 for the backend's own choice
 * @param memoryLimitBytes most bytes of tensors at a time on the CPU; 0 for no limit
 * @param attention how attention is computed; a backend without a choice ignores it
 */
public record BackendRequest(
    ModelDirectory model,
    Device device,
    DType dtype,
    int threads,
    long memoryLimitBytes,
    AttentionPath attention) {}
