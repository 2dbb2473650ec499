package io.freemask.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceAndDTypeTest {

  @ParameterizedTest
  @CsvSource({"cpu, CPU, 0, cpu", "cuda, CUDA, 0, cuda:0", "cuda:3, CUDA, 3, cuda:3"})
  void devices(String name, Device.Kind kind, int index, String text) {
    assertThat(Device.parse(name)).isEqualTo(new Device(kind, index)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "CPU", "cpu:0", "cuda:", "cuda:-1", "cuda:x", "cuda:12345", "mps"})
  void otherDevices(String name) {
    assertThatThrownBy(() -> Device.parse(name))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("device '" + name + "', expected cpu, cuda or cuda:N");
  }

  @ParameterizedTest
  @CsvSource({"f32, F32", "FP32, F32", "float16, F16", "half, F16", "bf16, BF16", "bfloat16, BF16"})
  void dtypes(String name, DType type) {
    assertThat(DType.parse(name)).isEqualTo(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "f64", "int8", "i64"})
  void otherDTypes(String name) {
    assertThatThrownBy(() -> DType.parse(name))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("dtype '" + name + "', expected fp32, fp16 or bf16");
  }

  @ParameterizedTest
  @EnumSource
  void codesGoBothWays(DType type) {
    assertThat(DType.ofCode(type.code())).isEqualTo(type);
  }

  @Test
  void anUnknownCode() {
    assertThatThrownBy(() -> DType.ofCode(5)).isInstanceOf(IllegalArgumentException.class);
  }
}
