package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.OutOfMemoryException;
import io.freemask.model.SourceCache;
import io.freemask.tensor.Context;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Edits whose source comes from the inversion against those that compute it again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SourceCacheIT {

  /** Of the largest latent: roundings of the forward passes, through the steps and guidance. */
  private static final double BOUND = 2e-5;

  private static final SourceCacheLimit ROOM = SourceCacheLimit.ofMemory(1L << 30);

  private GoldenEdits edits;
  private long handles;

  @BeforeAll
  void open() {
    edits = GoldenEdits.open(GoldenEdits.tinyModel());
  }

  @AfterAll
  void close() {
    edits.close();
  }

  @BeforeEach
  void countHandles() {
    handles = Context.liveHandles();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(Context.liveHandles()).isEqualTo(handles);
  }

  static Stream<Path> cases() {
    return Stream.concat(
        Stream.of(
            GoldenEdits.resource("/golden/edit-shape"),
            GoldenEdits.resource("/golden/edit-derived")),
        GoldenEdits.cases("/golden/edit").stream());
  }

  private EditEngine.Result run(Path folder, EditListener listener, SourceCacheLimit limit) {
    return run(folder, listener, limit, null);
  }

  private EditEngine.Result run(
      Path folder,
      EditListener listener,
      @Nullable SourceCacheLimit limit,
      @Nullable EditCheckpoint checkpoint) {
    try (SafetensorsFile in = SafetensorsFile.open(folder.resolve("in.safetensors"));
        Tensor latents = edits.tensor(in, "latents")) {
      return edits
          .engine()
          .run(GoldenEdits.plan(folder), latents, GivenMasks.read(in), listener, checkpoint, limit);
    }
  }

  private static double difference(List<Tensor> actual, List<Tensor> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.size(); i++) {
      float[] a = actual.get(i).toFloats();
      float[] b = expected.get(i).toFloats();
      for (int j = 0; j < b.length; j++) {
        difference = Math.max(difference, Math.abs(a[j] - b[j]));
        largest = Math.max(largest, Math.abs(b[j]));
      }
    }
    return difference / largest;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isWhatReplayGives(Path folder) {
    try (EditEngine.Result replayed = run(folder, EditListener.NONE, null, null);
        EditEngine.Result cached = run(folder, EditListener.NONE, ROOM)) {
      assertThat(replayed.source().steps()).isZero();
      assertThat(cached.source().fused()).isEqualTo(replayed.source().fused());
      assertThat(cached.source().steps()).isEqualTo(cached.source().fused());
      assertThat(difference(cached.inverted(), replayed.inverted())).isZero();
      double difference = difference(cached.edited(), replayed.edited());
      System.getLogger(SourceCacheIT.class.getName())
          .log(
              System.Logger.Level.DEBUG,
              "{0}: {1}, {2}",
              folder.getFileName(),
              cached.source(),
              difference);
      assertThat(difference).isLessThan(BOUND);
    }
  }

  @Test
  void aBudgetForSomeSteps() {
    Path folder = GoldenEdits.resource("/golden/edit-shape");
    try (EditEngine.Result all = run(folder, EditListener.NONE, ROOM);
        EditEngine.Result replayed = run(folder, EditListener.NONE, null, null)) {
      assertThat(all.source().steps()).isGreaterThan(1);
      SourceCacheLimit less = SourceCacheLimit.ofMemory(all.source().bytes() - 1);
      try (EditEngine.Result some = run(folder, EditListener.NONE, less)) {
        assertThat(some.source().steps()).isEqualTo(all.source().steps() - 1);
        assertThat(difference(some.edited(), replayed.edited())).isLessThan(BOUND);
      }
      try (EditEngine.Result none = run(folder, EditListener.NONE, SourceCacheLimit.ofMemory(1))) {
        assertThat(none.source()).isEqualTo(SourceCacheUse.none(all.source().fused()));
        assertThat(difference(none.edited(), replayed.edited())).isZero();
      }
    }
  }

  @Test
  void aFileLeavesNothingBehind(@TempDir Path directory) {
    Path folder = GoldenEdits.resource("/golden/edit-shape");
    SourceCacheLimit file = new SourceCacheLimit(1L << 30, new SourceCache.ScratchFile(directory));
    EditListener looking =
        new EditListener() {
          @Override
          public void onProgress(Phase phase, int step, int total) {
            assertThat(directory).isEmptyDirectory();
          }
        };
    try (EditEngine.Result memory = run(folder, EditListener.NONE, ROOM);
        EditEngine.Result mapped = run(folder, looking, file)) {
      assertThat(mapped.source()).isEqualTo(memory.source());
      assertThat(difference(mapped.edited(), memory.edited())).isZero();
    }
    EditListener cancelling =
        new EditListener() {
          private boolean cancelled;

          @Override
          public void onProgress(Phase phase, int step, int total) {
            cancelled = phase == Phase.EDITING && step == 1;
          }

          @Override
          public boolean isCancelled() {
            return cancelled;
          }
        };
    assertThatThrownBy(() -> run(folder, cancelling, file)).isInstanceOf(CancelledException.class);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void anEditThatGoesOnHasTheRestOfItsRecords(@TempDir Path directory) {
    Path folder = GoldenEdits.resource("/golden/edit-shape");
    int steps = GoldenEdits.plan(folder).steps();
    EditListener cancelling =
        new EditListener() {
          private boolean cancelled;

          @Override
          public void onProgress(Phase phase, int step, int total) {
            cancelled = step == steps - 1;
          }

          @Override
          public boolean isCancelled() {
            return cancelled;
          }
        };
    Path file = directory.resolve("checkpoint");
    assertThatThrownBy(() -> run(folder, cancelling, ROOM, EditCheckpoint.at(file, false)))
        .isInstanceOf(CancelledException.class);
    try (EditEngine.Result replayed = run(folder, EditListener.NONE, null, null);
        EditEngine.Result resumed =
            run(folder, EditListener.NONE, ROOM, EditCheckpoint.at(file, false))) {
      // Only the last record, the first step's, was still to be inverted.
      assertThat(resumed.source().steps()).isEqualTo(1);
      assertThat(resumed.source().fused()).isEqualTo(replayed.source().fused());
      assertThat(difference(resumed.edited(), replayed.edited())).isLessThan(BOUND);
    }
  }

  @Test
  void reservingBelongsToTheInversion(@TempDir Path directory) {
    List<String> progress = new ArrayList<>();
    EditListener listener =
        new EditListener() {
          @Override
          public void onProgress(Phase phase, int step, int total) {
            progress.add(phase + " " + step);
          }
        };
    SourceCacheLimit nowhere =
        new SourceCacheLimit(1L << 30, new SourceCache.ScratchFile(directory.resolve("missing")));
    Path folder = GoldenEdits.resource("/golden/edit-shape");
    assertThatThrownBy(() -> run(folder, listener, nowhere))
        .isInstanceOf(InvalidInputException.class);
    assertThat(progress).containsExactly("INVERSION 0");
  }

  @Test
  void whatCannotBeReservedIsNamed(@TempDir Path directory) {
    assertThatThrownBy(
            () -> SourceCache.open(edits.context(), 1L << 60, new SourceCache.HostMemory()))
        .isInstanceOf(OutOfMemoryException.class);
    assertThatThrownBy(
            () ->
                SourceCache.open(edits.context(), 1L << 60, new SourceCache.ScratchFile(directory)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no room for a file of 1152921504606846976 bytes in '" + directory);
    Path nowhere = directory.resolve("none");
    assertThatThrownBy(
            () -> SourceCache.open(edits.context(), 1, new SourceCache.ScratchFile(nowhere)))
        .hasMessageContaining(nowhere.toString())
        .hasMessageContaining("No such file");
    assertThat(directory).isEmptyDirectory();
  }
}
