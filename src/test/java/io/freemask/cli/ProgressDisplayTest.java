package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private List<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void linesComeAtMostOncePerFivePercent() {
    try (ProgressDisplay display = new ProgressDisplay.Lines(stream, () -> 0)) {
      for (int i = 0; i <= 1000; i++) {
        display.update("inversion", i, 1000);
      }
    }
    assertThat(lines()).hasSize(21);
    assertThat(lines().getFirst()).isEqualTo("inversion: 0/1000");
    assertThat(lines().getLast()).isEqualTo("inversion: 1000/1000");
  }

  @Test
  void linesTellTheTimeLeft() {
    AtomicLong seconds = new AtomicLong();
    try (ProgressDisplay display =
        new ProgressDisplay.Lines(stream, () -> seconds.get() * 1_000_000_000L)) {
      display.update("denoising", 0, 10);
      seconds.set(4);
      display.update("denoising", 2, 10);
      seconds.set(1000);
      display.update("denoising", 5, 10);
    }
    assertThat(lines())
        .containsExactly(
            "denoising: 0/10", "denoising: 2/10, 16 s left", "denoising: 5/10, 0:16:40 left");
  }

  @Test
  void aNewPhaseStartsAnew() {
    try (ProgressDisplay display = new ProgressDisplay.Lines(stream, () -> 0)) {
      display.update("reading", 0, 1);
      display.update("reading", 1, 1);
      display.update("inversion", 0, 4);
    }
    assertThat(lines()).containsExactly("reading: 0/1", "reading: 1/1", "inversion: 0/4");
  }

  @Test
  void quietShowsNothing() {
    try (ProgressDisplay display = ProgressDisplay.of(stream, true)) {
      display.update("inversion", 1, 2);
    }
    assertThat(bytes.size()).isZero();
  }

  @Test
  void aStreamThatIsNotTheTerminalGetsLines() {
    try (ProgressDisplay display = ProgressDisplay.of(stream, false)) {
      display.update("inversion", 0, 2);
    }
    assertThat(lines()).containsExactly("inversion: 0/2");
  }
}
