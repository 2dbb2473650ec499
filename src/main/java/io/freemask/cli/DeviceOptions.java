package io.freemask.cli;

import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where and in what precision to compute. */
@OptionSection("Machine")
final class DeviceOptions {

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "cpu, cuda or cuda:N. Default: ${DEFAULT-VALUE}.")
  Device device = Device.CPU;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "fp32",
      description =
          "Precision of the models: fp32, bf16 or fp16; latents and the scheduler's arithmetic are"
              + " always fp32. Default: ${DEFAULT-VALUE}.")
  DType dtype = DType.F32;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "CPU threads; 0 (default) leaves the choice to libtorch.")
  int threads;

  @Option(
      names = "--memory-limit",
      paramLabel = "BYTES",
      description = "Most memory for tensors, such as 1500M or 8G. Default: what the machine has.")
  @Nullable ByteCount memoryLimit;

  long memoryLimitBytes() {
    return memoryLimit == null ? 0 : memoryLimit.bytes();
  }

  Context open() {
    return Context.open(device, threads, memoryLimitBytes());
  }
}
