package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class MemoryTest {

  private static final long GIB = 1L << 30;
  private static final MemoryEstimate ESTIMATE =
      new MemoryEstimate(4 * GIB, 3 * GIB, GIB, GIB / 2, 0);

  private static EditorOptions options(Device device, DType dtype, long limit) {
    return new EditorOptions(null, "libtorch", device, dtype, 0, limit, AttentionPath.AUTO);
  }

  @Test
  void theModelsTakeTurns() {
    assertThat(ESTIMATE.totalBytes()).isEqualTo(7 * GIB + GIB / 2);
    assertThat(ESTIMATE.processBytes()).isEqualTo(11 * GIB);
    assertThat(ESTIMATE).hasToString("7.50 GiB (weights 4.00, UNet 3.00, VAE 1.00, latents 0.50)");
  }

  @Test
  void refusesWithTheNumberAndWhatLowersIt() {
    assertThatThrownBy(
            () ->
                MemoryGuard.require(
                    ESTIMATE, options(Device.CPU, DType.F32, 0), false, OptionalLong.of(10 * GIB)))
        .isInstanceOf(OutOfMemoryException.class)
        .hasMessageContaining("7.50 GiB")
        .hasMessageContaining("11.00 GiB in all, 10.00 GiB is available")
        .hasMessageContaining("fewer frames or a smaller size or dtype bf16");
    assertThatThrownBy(
            () ->
                MemoryGuard.require(
                    ESTIMATE, options(Device.CPU, DType.BF16, 6 * GIB), true, OptionalLong.empty()))
        .isInstanceOf(OutOfMemoryException.class)
        .hasMessageContaining("the memory limit is 6.00 GiB")
        .hasMessageEndingWith("fewer frames or a smaller size lower it");
  }

  @Test
  void whatIsLoadedNeedsNoMoreRoom() {
    EditorOptions options = options(Device.CPU, DType.F32, 0);
    assertThatCode(() -> MemoryGuard.require(ESTIMATE, options, true, OptionalLong.of(4 * GIB)))
        .doesNotThrowAnyException();
    assertThatCode(() -> MemoryGuard.require(ESTIMATE, options, false, OptionalLong.empty()))
        .doesNotThrowAnyException();
  }

  @Test
  void theHostsMemorySaysNothingOfADevice() {
    assertThatCode(
            () ->
                MemoryGuard.require(
                    ESTIMATE,
                    options(new Device(Device.Kind.CUDA, 0), DType.F32, 0),
                    false,
                    OptionalLong.of(1)))
        .doesNotThrowAnyException();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void linuxTells() {
    assertThat(HostMemory.available().orElseThrow()).isPositive();
    assertThat(HostMemory.peakResident().orElseThrow())
        .isGreaterThan(10L << 20)
        .isLessThan(1L << 40);
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> options(Device.CPU, DType.I64, 0))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("dtype is I64");
    assertThatThrownBy(() -> options(Device.CPU, DType.F32, -1))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(
            () ->
                new EditorOptions(
                    null, "libtorch", Device.CPU, DType.F32, -1, 0, AttentionPath.AUTO))
        .isInstanceOf(InvalidInputException.class);
  }
}
