package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.edit.Preset;
import io.freemask.tensor.Context;
import io.freemask.video.Clip;
import io.freemask.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Edits that end early and go on, with the built-in model on a small clip. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class CheckpointIT {

  private static final int STEPS = 3;

  @TempDir private Path folder;
  private Path checkpoint;
  private VideoEditor editor;

  @BeforeEach
  void open() {
    checkpoint = folder.resolve("edit.checkpoint");
    editor = VideoEditor.builder().threads(2).build();
  }

  @AfterEach
  void close() {
    editor.close();
    assertThat(Context.liveHandles()).isZero();
  }

  private EditRequest.Builder request() {
    return EditRequest.builder()
        .input(TestClips.square(2, 64, 48))
        .source("a red square moving right")
        .target("a blue square moving right")
        .words("square=square")
        .preset(Preset.SHAPE)
        .steps(STEPS)
        .checkpoint(checkpoint);
  }

  /** Edits until a step of a phase is done, then cancels. */
  private CancelledException cancelAfter(EditRequest request, Progress.Phase phase, int step) {
    CancellationToken token = new CancellationToken();
    ProgressListener listener =
        progress -> {
          if (progress.phase() == phase && progress.step() == step) {
            token.cancel();
          }
        };
    try {
      editor.edit(request, listener, token);
    } catch (CancelledException e) {
      return e;
    }
    throw new AssertionError("the edit was not cancelled");
  }

  private static void assertSame(Clip actual, Clip expected) {
    assertThat(actual.frameCount()).isEqualTo(expected.frameCount());
    for (int f = 0; f < expected.frameCount(); f++) {
      assertThat(actual.frames().get(f)).isEqualTo(expected.frames().get(f));
    }
  }

  private static String first(List<Progress> seen, Progress.Phase phase) {
    Progress first = seen.stream().filter(p -> p.phase() == phase).findFirst().orElseThrow();
    return first.step() + "/" + first.total();
  }

  @Test
  void goesOnFromEveryStepWithTheSameResult() {
    Clip expected = editor.edit(request().build()).clip();
    assertThat(checkpoint).doesNotExist();
    for (Progress.Phase phase : List.of(Progress.Phase.INVERSION, Progress.Phase.DENOISING)) {
      for (int step = 1; step <= STEPS; step++) {
        CancelledException cancelled = cancelAfter(request().build(), phase, step);
        assertThat(cancelled).hasMessageContaining("goes on from the checkpoint '" + checkpoint);
        assertThat(checkpoint).isRegularFile();
        List<Progress> seen = new ArrayList<>();
        EditResult result = editor.edit(request().build(), seen::add, new CancellationToken());
        assertSame(result.clip(), expected);
        assertThat(first(seen, phase)).isEqualTo(step + "/" + STEPS);
        assertThat(checkpoint).doesNotExist();
      }
    }
    cancelAfter(request().build(), Progress.Phase.DECODING, 1);
    assertSame(editor.edit(request().build()).clip(), expected);
  }

  @Test
  void afterTwoCancellationsAndInAnotherEditor() {
    Clip expected = editor.edit(request().build()).clip();
    cancelAfter(request().build(), Progress.Phase.INVERSION, 2);
    cancelAfter(request().build(), Progress.Phase.DENOISING, 1);
    try (SafetensorsFile kept = SafetensorsFile.open(checkpoint)) {
      assertThat(kept.info("inverted").shape().dim(0)).isEqualTo(STEPS + 1);
      assertThat(kept.info("edited").shape().dim(0)).isEqualTo(2);
    }
    try (VideoEditor other = VideoEditor.builder().threads(2).build()) {
      assertSame(other.edit(request().build()).clip(), expected);
    }
  }

  @Test
  void aFailureKeepsItToo() {
    IllegalStateException thrown = new IllegalStateException("of the listener");
    ProgressListener listener =
        progress -> {
          if (progress.phase() == Progress.Phase.DENOISING && progress.step() == 2) {
            throw thrown;
          }
        };
    assertThatThrownBy(() -> editor.edit(request().build(), listener, new CancellationToken()))
        .isSameAs(thrown);
    assertThat(checkpoint).isRegularFile();
    List<Progress> seen = new ArrayList<>();
    editor.edit(request().build(), seen::add, new CancellationToken());
    assertThat(first(seen, Progress.Phase.DENOISING)).isEqualTo("2/" + STEPS);
  }

  @Test
  void nothingIsKeptBeforeTheFirstStepOrWithoutAFile() {
    cancelAfter(request().build(), Progress.Phase.ENCODING, 1);
    CancelledException cancelled = cancelAfter(request().build(), Progress.Phase.INVERSION, 0);
    assertThat(cancelled).hasMessageNotContaining("checkpoint");
    cancelAfter(request().checkpoint(null).build(), Progress.Phase.DENOISING, 1);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anotherEditIsRefusedUnlessItMayBeReplaced() throws IOException {
    cancelAfter(request().build(), Progress.Phase.INVERSION, 2);
    byte[] kept = Files.readAllBytes(checkpoint);
    assertThatThrownBy(() -> editor.edit(request().target("a green square moving right").build()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'" + checkpoint + "' is of another edit (other plan)")
        .hasMessageContaining("--overwrite");
    assertThatThrownBy(() -> editor.edit(request().input(TestClips.square(2, 48, 48)).build()))
        .hasMessageContaining("other clip size");
    Clip moved =
        new Clip(
            TestClips.square(2, 64, 48).size(),
            TestClips.square(2, 64, 48).frameRate(),
            TestClips.square(3, 64, 48).frames().subList(1, 3));
    assertThatThrownBy(() -> editor.edit(request().input(moved).build()))
        .hasMessageContaining("(other clip)");
    assertThat(Files.readAllBytes(checkpoint)).isEqualTo(kept);

    EditRequest other = request().steps(2).build();
    Clip expected = editor.edit(other.toBuilder().checkpoint(null).build()).clip();
    assertSame(editor.edit(other.toBuilder().overwrite(true).build()).clip(), expected);
    assertThat(checkpoint).doesNotExist();
  }

  @Test
  void aDamagedFileOrAnythingElseIsRefused() throws IOException {
    cancelAfter(request().build(), Progress.Phase.INVERSION, 2);
    byte[] bytes = Files.readAllBytes(checkpoint);
    bytes[bytes.length - 1] ^= 1;
    Files.write(checkpoint, bytes);
    assertThatThrownBy(() -> editor.edit(request().build()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is damaged");
    Files.writeString(checkpoint, "diary of a week");
    assertThatThrownBy(() -> editor.edit(request().overwrite(true).build()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(checkpoint.toString());
    assertThat(checkpoint).hasContent("diary of a week");
    assertThatThrownBy(() -> editor.edit(request().checkpoint(folder.resolve("none/x")).build()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("checkpoint")
        .hasMessageContaining("does not exist");
  }
}
