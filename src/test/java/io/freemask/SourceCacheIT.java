package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.edit.Preset;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.edit.SourceCacheUse;
import io.freemask.model.SourceCache;
import io.freemask.tensor.Context;
import io.freemask.video.Clip;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole edits whose source comes from the inversion, with the built-in model on a small clip. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class SourceCacheIT {

  private static final int STEPS = 4;
  private static VideoEditor editor;

  @BeforeAll
  static void open() {
    editor = VideoEditor.builder().threads(2).build();
  }

  @AfterAll
  static void close() {
    editor.close();
    assertThat(Context.liveHandles()).isZero();
  }

  private static EditRequest.Builder request(Preset preset) {
    return EditRequest.builder()
        .input(TestClips.square(2, 64, 48))
        .source("a red square moving right")
        .target("a blue square moving right")
        .words("square=square")
        .preset(preset)
        .steps(STEPS);
  }

  /** Returns the largest difference of a colour. */
  private static int difference(Clip actual, Clip expected) {
    assertThat(actual.frameCount()).isEqualTo(expected.frameCount());
    int largest = 0;
    for (int f = 0; f < expected.frameCount(); f++) {
      byte[] a = actual.frames().get(f);
      byte[] b = expected.frames().get(f);
      for (int i = 0; i < b.length; i++) {
        largest = Math.max(largest, Math.abs((a[i] & 0xff) - (b[i] & 0xff)));
      }
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource
  void isTheSameClip(Preset preset) {
    EditRequest request = request(preset).build();
    EditResult replayed = editor.edit(request);
    SourceCacheLimit limit = SourceCacheLimit.ofMemory(1L << 30);
    EditRequest withCache = request.toBuilder().sourceCache(limit).build();
    EditResult cached = editor.edit(withCache);
    assertThat(cached.sourceCache().steps()).isEqualTo(replayed.sourceCache().fused());
    assertThat(replayed.sourceCache().steps()).isZero();
    assertThat(editor.plan(withCache).sourceCache()).isEqualTo(cached.sourceCache());
    // A rounding can tip a colour over to its neighbour.
    assertThat(difference(cached.clip(), replayed.clip())).isLessThanOrEqualTo(1);
    if (preset != Preset.NONE) {
      assertThat(cached.sourceCache().steps()).isPositive();
      EditResult none = editor.edit(request(Preset.NONE).build());
      assertThat(difference(none.clip(), replayed.clip())).isGreaterThan(1);
    }
  }

  @Test
  void theRecordSaysWhatWasCached(@TempDir Path folder) throws IOException {
    Path record = folder.resolve("run.json");
    Path report = folder.resolve("run.html");
    EditRequest request =
        request(Preset.SHAPE)
            .recordOut(record)
            .reportOut(report)
            .sourceCache(new SourceCacheLimit(1 << 20, new SourceCache.ScratchFile(folder)))
            .build();
    SourceCacheUse use = editor.edit(request).sourceCache();
    assertThat(use.steps()).isPositive().isLessThan(use.fused());
    JsonNode json = new ObjectMapper().readTree(record.toFile()).get("source_cache");
    assertThat(json.get("steps").asInt()).isEqualTo(use.steps());
    assertThat(json.get("of").asInt()).isEqualTo(use.fused());
    assertThat(json.get("bytes").asLong()).isEqualTo(use.bytes());
    assertThat(report).content().contains("Source from the inversion", use.toString());
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("run.json", "run.html");
  }
}
