package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {

  private static final Pattern FIGURES =
      Pattern.compile("object (\\S+) dB \\(changed\\), background (\\S+) dB \\(kept\\)");

  /** What a person on a small machine may be asked for. */
  private static final long MEMORY = 1_500_000_000;

  @TempDir private Path folder;

  @Test
  void changesTheObjectAndKeepsTheBackground() throws IOException, InterruptedException {
    CommandRun run;
    // In a process of its own, so that its memory is the demo's alone.
    try (ChildProcess demo =
        ChildProcess.start(folder, Map.of(), "demo", "--output-dir", folder.toString())) {
      run = demo.await();
    }
    assertThat(run.code()).as(run.err()).isZero();
    for (String name : new String[] {"edited.mp4", "side-by-side.mp4", "masks.mp4"}) {
      assertThat(run.out()).contains("wrote " + folder.resolve(name));
    }
    assertThat(FrameSource.open(folder.resolve("edited.mp4")).read().frameCount()).isEqualTo(8);
    assertThat(FrameSource.open(folder.resolve("side-by-side.mp4")).read().size())
        .isEqualTo(new FrameSize(256, 128));

    Matcher figures = FIGURES.matcher(run.out());
    assertThat(figures.find()).as(run.out()).isTrue();
    assertThat(Double.parseDouble(figures.group(1))).isLessThan(15);
    assertThat(Double.parseDouble(figures.group(2))).isGreaterThan(28);

    JsonNode record =
        JsonMapper.builder().build().readTree(folder.resolve("edited.mp4.json").toFile());
    assertThat(record.get("memory_bytes").get("peak_resident").asLong()).isBetween(1L, MEMORY);
  }
}
