package io.freemask.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import org.junit.jupiter.api.Test;

class ShapeTest {

  @Test
  void sizesAndText() {
    Shape shape = new Shape(1, 4, 8, 16, 20);

    assertThat(shape.toString()).isEqualTo("[1,4,8,16,20]");
    assertThat(shape.rank()).isEqualTo(5);
    assertThat(shape.elements()).isEqualTo(4L * 8 * 16 * 20);
    assertThat(shape.dim(2)).isEqualTo(8);
    assertThat(shape.dim(-1)).isEqualTo(20);
    assertThat(shape.toArray()).containsExactly(1, 4, 8, 16, 20);
    assertThat(shape).isEqualTo(Shape.of(1, 4, 8, 16, 20)).isNotEqualTo(Shape.of(4, 8, 16, 20));
  }

  @Test
  void scalarsAndEmptyTensors() {
    assertThat(new Shape().elements()).isEqualTo(1);
    assertThat(new Shape().toString()).isEqualTo("[]");
    assertThat(Shape.of(3, 0).elements()).isZero();
    assertThat(Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).elements()).isZero();
  }

  @Test
  void requireNamesWhatWasExpected() {
    Shape shape = Shape.of(1, 4);

    assertThat(shape.require("latents", 2)).isSameAs(shape);
    assertThatThrownBy(() -> shape.require("latents", 5))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("latents has the shape [1,4], expected 5 dimensions");
    assertThatThrownBy(() -> shape.require("mask", Shape.of(4, 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("mask has the shape [1,4], expected [4,1]");
  }

  @Test
  void impossibleSizes() {
    assertThatThrownBy(() -> Shape.of(2, -1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("shape [2,-1], expected sizes of 0 or more");
    assertThatThrownBy(() -> Shape.of(1L << 32, 1L << 31))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("fewer than 2^63");
  }
}
