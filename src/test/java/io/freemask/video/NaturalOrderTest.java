package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NaturalOrderTest {

  @Test
  void numbersCountAsNumbers() {
    List<String> ordered =
        List.of(
            "a",
            "a1b10",
            "a1b10c",
            "a01b11",
            "a2",
            "a10",
            "a99999999999999999999",
            "a100000000000000000000",
            "b0");
    List<String> shuffled = new ArrayList<>(ordered);
    Collections.shuffle(shuffled, new Random(3));
    shuffled.sort(new NaturalOrder());
    assertThat(shuffled).containsExactlyElementsOf(ordered);
  }

  @Test
  void leadingZerosOnlyBreakTies() {
    assertThat(new NaturalOrder().compare("f007", "f7")).isNegative();
    assertThat(new NaturalOrder().compare("f007", "f8")).isNegative();
    assertThat(new NaturalOrder().compare("f7", "f7")).isZero();
  }
}
