package io.freemask.cli;

import io.freemask.EditorSettings;
import io.freemask.VideoEditor;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model to use, and on what; what is not given is the recorded run's, if one is repeated. */
@OptionSection("Model and machine")
final class ModelArguments {

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Folder of a diffusers text-to-video model, such as a downloaded zeroscope_v2_576w."
              + " Default: the small built-in model.")
  private @Nullable Path model;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "What computes the models; doctor lists what there is. Default: libtorch.")
  private @Nullable String backend;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cpu, cuda or cuda:N. Default: cpu.")
  private @Nullable Device device;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "Precision of the models: fp32, bf16 or fp16; latents and the scheduler's arithmetic are"
              + " always fp32. Default: fp32.")
  private @Nullable DType dtype;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads; 0 (default) leaves the choice to libtorch.")
  private @Nullable Integer threads;

  @Option(
      names = "--memory-limit",
      paramLabel = "BYTES",
      description = "Most memory for tensors, such as 1500M or 8G. Default: what the machine has.")
  private @Nullable ByteCount memoryLimit;

  @Option(
      names = "--attention",
      paramLabel = "PATH",
      description =
          "auto, reference or fused: the kernels where they pay, never, or always. Default: auto.")
  private @Nullable AttentionPath attention;

  /** Opens the model directory. The weights are loaded when a run first needs them. */
  VideoEditor open(Optional<EditorSettings> recorded) {
    VideoEditor.Builder builder = VideoEditor.builder();
    recorded.ifPresent(builder::settings);
    if (model != null) {
      builder.model(model);
    }
    if (backend != null) {
      builder.backend(backend);
    }
    if (device != null) {
      builder.device(device);
    }
    if (dtype != null) {
      builder.dtype(dtype);
    }
    if (threads != null) {
      builder.threads(threads);
    }
    if (memoryLimit != null) {
      builder.memoryLimitBytes(memoryLimit.bytes());
    }
    if (attention != null) {
      builder.attention(attention);
    }
    return builder.build();
  }
}
