package io.freemask.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.model.ModelDirectory;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import org.junit.jupiter.api.Test;

class BackendsTest {

  private static BackendRequest request() {
    return new BackendRequest(
        ModelDirectory.builtIn(), Device.CPU, DType.F32, 0, 0, AttentionPath.AUTO);
  }

  @Test
  void findsOthersBesideItsOwn() {
    assertThat(Backends.all())
        .extracting(BackendProvider::name)
        .containsExactly("libtorch", "example", "refusing");
  }

  @Test
  void choosesByName() {
    assertThat(Backends.require("example", request())).isInstanceOf(ExampleBackend.Provider.class);
  }

  @Test
  void saysWhatThereIsAndWhyItRefuses() {
    assertThatThrownBy(() -> Backends.require("quantum", request()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("there is no backend 'quantum'")
        .hasMessageContaining("libtorch")
        .hasMessageContaining("example")
        .hasMessageContaining("refusing (refuses: no abacus found, expected one with 13 rods)");
    assertThatThrownBy(() -> Backends.require("refusing", request()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("no abacus found, expected one with 13 rods");
  }
}
