package io.freemask;

import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an editor runs with.
 *
 * @param model the model directory, or null for the built-in model
 * @param modelName the model's name
 * @param modelHash the SHA-256 over its files in hexadecimal
 * @param backend the name of what computes the models, such as {@code libtorch}
 * @param device where it computes
 * @param dtype of the models; latents and the scheduler's arithmetic are always f32
 * @param threads CPU threads of one operation; 0 for libtorch's own choice
 * @param memoryLimitBytes most bytes of tensors at a time on the CPU; 0 for no limit
 * @param attention how attention is computed
 */
public record EditorSettings(
    @Nullable Path model,
    String modelName,
    String modelHash,
    String backend,
    Device device,
    DType dtype,
    int threads,
    long memoryLimitBytes,
    AttentionPath attention) {}
