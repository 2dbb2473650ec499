package io.freemask.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorScopeTest {

  private final List<String> closed = new ArrayList<>();

  private NativeResource resource(String name) {
    return () -> closed.add(name);
  }

  @Test
  void closesLastFirstAndOnce() {
    TensorScope scope = TensorScope.open();
    scope.add(resource("a"));
    scope.add(resource("b"));
    NativeResource kept = scope.add(resource("c"));
    assertThat(scope.detach(kept)).isSameAs(kept);
    scope.close();
    scope.close();

    assertThat(closed).containsExactly("b", "a");
  }

  @Test
  void aFailingCloseDoesNotKeepTheOthersOpen() {
    TensorScope scope = TensorScope.open();
    scope.add(resource("a"));
    scope.add(
        () -> {
          throw new IllegalStateException("first");
        });
    scope.add(resource("b"));
    scope.add(
        () -> {
          throw new IllegalStateException("second");
        });

    assertThatThrownBy(scope::close)
        .hasMessage("second")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(closed).containsExactly("b", "a");
  }

  @Test
  void detachingWhatWasNotAdded() {
    try (TensorScope scope = TensorScope.open()) {
      assertThatThrownBy(() -> scope.detach(resource("a")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
