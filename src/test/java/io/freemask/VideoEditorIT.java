package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.edit.Preset;
import io.freemask.edit.StepWindow;
import io.freemask.eval.metric.Psnr;
import io.freemask.report.RunRecord;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs with the built-in model on small clips. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class VideoEditorIT {

  private static final int STEPS = 3;
  private static final int FRAMES = 2;

  /** Those of an edit. */
  private static final Set<Progress.Phase> PHASES =
      EnumSet.complementOf(EnumSet.of(Progress.Phase.CALIBRATION, Progress.Phase.ABLATION));

  @TempDir private Path folder;
  private VideoEditor editor;

  @BeforeEach
  void open() {
    assertThat(Context.liveHandles()).isZero();
    editor = VideoEditor.builder().threads(2).build();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    editor.close();
    assertThat(Context.liveHandles()).isZero();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains("partial") || name.startsWith("."));
    }
  }

  private static EditRequest.Builder request() {
    return EditRequest.builder()
        .input(TestClips.square(FRAMES, 64, 48))
        .source("a red square moving right")
        .target("a blue square moving right")
        .words("square=square")
        .preset(Preset.SHAPE)
        .steps(STEPS);
  }

  private static List<String> names(List<Progress> seen) {
    return seen.stream().map(p -> p.phase() + " " + p.step() + "/" + p.total()).toList();
  }

  private static boolean same(Clip first, Clip second) {
    boolean same = first.frameCount() == second.frameCount();
    for (int f = 0; same && f < first.frameCount(); f++) {
      same = Arrays.equals(first.frames().get(f), second.frames().get(f));
    }
    return same;
  }

  @Test
  void editsWritesAndRepeatsBitForBit() {
    Path input = folder.resolve("in");
    FrameSink.write(input, TestClips.square(FRAMES, 64, 48), false);
    Path record = folder.resolve("run.json");
    EditRequest request =
        request()
            .input(input)
            .output(folder.resolve("out"))
            .sideBySide(folder.resolve("both.gif"))
            .masksOut(folder.resolve("masks.webm"))
            .recordOut(record)
            .latentBlend(new StepWindow(0, 1))
            .build();
    List<Progress> seen = new ArrayList<>();
    EditResult result = editor.edit(request, seen::add, new CancellationToken());

    assertThat(result.clip().size()).isEqualTo(new FrameSize(64, 48));
    assertThat(result.clip().frameCount()).isEqualTo(FRAMES);
    assertThat(result.written())
        .containsExactlyInAnyOrder(
            request.output(), request.sideBySide(), request.masksOut(), record);
    assertThat(same(FrameSource.open(folder.resolve("out")).read(), result.clip())).isTrue();
    assertThat(FrameSource.open(folder.resolve("both.gif")).read().size())
        .isEqualTo(new FrameSize(128, 48));
    assertThat(FrameSource.open(folder.resolve("masks.webm")).read().frameCount())
        .isEqualTo(FRAMES);
    assertThat(result.mask()).isNotNull();
    assertThat(result.figures().outside()).isPresent();
    assertThat(result.figures().reconstruction()).isBetween(10.0, 60.0);
    RunStatistics statistics = result.statistics();
    assertThat(statistics.peakTensorBytes())
        .isBetween(
            statistics.estimate().totalBytes() / 2, statistics.estimate().totalBytes() * 6 / 5);
    assertThat(result.statistics().timings()).containsOnlyKeys(PHASES);
    assertThat(result.notices()).anyMatch(line -> line.contains("mapper replace"));

    assertThat(names(seen))
        .containsExactly(
            "READING 0/1",
            "READING 1/1",
            "LOADING 0/3",
            "LOADING 1/3",
            "LOADING 2/3",
            "LOADING 3/3",
            "ENCODING 0/2",
            "ENCODING 1/2",
            "ENCODING 2/2",
            "INVERSION 0/3",
            "INVERSION 1/3",
            "INVERSION 2/3",
            "INVERSION 3/3",
            "DENOISING 0/3",
            "DENOISING 1/3",
            "DENOISING 2/3",
            "DENOISING 3/3",
            "DECODING 0/4",
            "DECODING 1/4",
            "DECODING 2/4",
            "DECODING 3/4",
            "DECODING 4/4",
            "WRITING 0/3",
            "WRITING 1/3",
            "WRITING 2/3",
            "WRITING 3/3");
    assertThat(seen.get(8).remaining()).isPresent();

    RunRecord read = RunRecord.read(record);
    assertThat(read.editRequest()).contains(request);
    assertThat(read.settings()).isEqualTo(editor.settings());
    assertThat(read.toJson()).contains("\"libtorch\"", "\"jdk\"", "\"peak_tensors\"", "\"plan\"");
    EditRequest repeat =
        read.editRequest().orElseThrow().toBuilder()
            .output(null)
            .sideBySide(null)
            .masksOut(null)
            .recordOut(null)
            .build();
    try (VideoEditor again = VideoEditor.builder().settings(read.settings()).build()) {
      assertThat(same(again.edit(repeat).clip(), result.clip())).isTrue();
    }
  }

  @Test
  void everyPresetRuns() {
    List<Clip> clips = new ArrayList<>();
    for (Preset preset : Preset.values()) {
      EditResult result = editor.edit(request().preset(preset).steps(4).build());
      assertThat(result.plan())
          .isEqualTo(editor.plan(request().preset(preset).steps(4).build()).plan());
      assertThat(clips).noneMatch(other -> same(other, result.clip()));
      clips.add(result.clip());
    }
  }

  @Test
  void anotherTypeGivesNearlyTheSame() {
    // Guidance multiplies the difference of two predictions, and their rounding with it.
    EditRequest request = request().guidance(2).build();
    Clip full = editor.edit(request).clip();
    try (VideoEditor half = VideoEditor.builder().threads(2).dtype(DType.BF16).build()) {
      assertThat(Psnr.of(full, half.edit(request).clip())).isGreaterThan(25);
    }
  }

  @Test
  void aGivenMaskMovesTheEdit() {
    Path file = folder.resolve("mask");
    FrameSink.write(file, TestClips.mask(FRAMES, 64, 48), false);
    EditRequest.Builder masked =
        request()
            .masks(MaskOptions.STANDARD.withFile(file))
            .latentBlend(new StepWindow(0, 1))
            .steps(6)
            .guidance(2);
    EditResult blended = editor.edit(masked.build());
    EditResult free = editor.edit(masked.latentBlend(null).preset(Preset.NONE).build());
    assertThat(blended.mask().coverage()).isBetween(0.1, 0.5);
    assertThat(blended.figures().outside().orElseThrow())
        .isGreaterThan(Psnr.of(blended.source(), free.clip(), blended.mask(), false).orElseThrow());
  }

  @Test
  void oneFrameAndOddSizes() {
    EditResult result =
        editor.edit(request().input(TestClips.square(1, 75, 43)).preset(Preset.PARITY).build());
    assertThat(result.clip().size()).isEqualTo(new FrameSize(72, 40));
    assertThat(result.clip().frameCount()).isEqualTo(1);
    assertThat(result.notices()).anyMatch(line -> line.contains("72x40"));
  }

  @Test
  void generatesTheSameFromTheSameSeed() {
    GenerateRequest.Builder request =
        GenerateRequest.builder("a red square on grass")
            .frames(2)
            .size(new FrameSize(64, 48))
            .steps(STEPS)
            .seed(5)
            .frameRate(FrameRate.of(6))
            .output(folder.resolve("out.mp4"))
            .recordOut(folder.resolve("run.json"));
    GenerateResult first = editor.generate(request.build());
    assertThat(first.clip().frameRate()).isEqualTo(FrameRate.of(6));
    assertThat(FrameSource.open(folder.resolve("out.mp4")).read().frameCount()).isEqualTo(2);
    RunRecord record = RunRecord.read(folder.resolve("run.json"));
    assertThat(record.generateRequest()).contains(request.build());
    assertThat(record.editRequest()).isEmpty();
    request.output(null).recordOut(null);
    assertThat(same(editor.generate(request.build()).clip(), first.clip())).isTrue();
    assertThat(same(editor.generate(request.seed(6).build()).clip(), first.clip())).isFalse();
    GenerateResult standard = editor.generate(request.size(null).frames(1).build());
    assertThat(standard.clip().size()).isEqualTo(new FrameSize(128, 128));
  }

  @Test
  void cancelsFromAnotherThread() throws Exception {
    CancellationToken token = new CancellationToken();
    CountDownLatch inverting = new CountDownLatch(1);
    AtomicInteger steps = new AtomicInteger();
    ProgressListener listener =
        progress -> {
          if (progress.phase() == Progress.Phase.INVERSION) {
            steps.set(progress.step());
            inverting.countDown();
          }
        };
    CompletableFuture<Void> canceller =
        CompletableFuture.runAsync(
            () -> {
              awaitQuietly(inverting);
              token.cancel();
            });
    EditRequest request =
        request()
            .input(TestClips.square(8, 128, 128))
            .steps(200)
            .output(folder.resolve("out.gif"))
            .build();
    assertThatThrownBy(() -> editor.edit(request, listener, token))
        .isInstanceOf(CancelledException.class);
    canceller.get();
    assertThat(steps).hasValueLessThan(50);
    assertThat(folder.resolve("out.gif")).doesNotExist();
    assertThatThrownBy(() -> editor.edit(request, ProgressListener.NONE, token))
        .isInstanceOf(CancelledException.class);
    assertThat(editor.edit(request().build()).clip().frameCount()).isEqualTo(FRAMES);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aThrowingListenerEndsTheRunInEveryPhase() throws IOException {
    for (Progress.Phase phase : PHASES) {
      IllegalStateException thrown = new IllegalStateException(phase.label());
      ProgressListener listener =
          progress -> {
            if (progress.phase() == phase && progress.step() == progress.total()) {
              throw thrown;
            }
          };
      EditRequest request = request().output(folder.resolve("out.gif")).build();
      try (VideoEditor fresh = VideoEditor.builder().threads(2).build()) {
        assertThatThrownBy(() -> fresh.edit(request, listener, new CancellationToken()))
            .isSameAs(thrown);
        assertThat(folder).isEmptyDirectory();
      }
      assertThat(Context.liveHandles()).isZero();
    }
  }

  @Test
  void aListenerMustNotCallTheEditor() {
    ProgressListener listener =
        progress -> {
          assertThatThrownBy(() -> editor.edit(request().build()))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("listener");
          assertThatThrownBy(editor::close)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("listener");
        };
    editor.edit(request().build(), listener, new CancellationToken());
  }

  @Test
  void runsOfSeveralThreadsTakeTurns() throws Exception {
    AtomicInteger running = new AtomicInteger();
    ProgressListener listener =
        progress -> {
          if (progress.phase() == Progress.Phase.READING) {
            int now = progress.step() == 0 ? running.incrementAndGet() : running.get();
            assertThat(now).isEqualTo(1);
          } else if (progress.phase() == Progress.Phase.DECODING
              && progress.step() == progress.total()) {
            running.decrementAndGet();
          }
        };
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<EditResult>> runs = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        runs.add(
            threads.submit(
                () -> editor.edit(request().build(), listener, new CancellationToken())));
      }
      Clip first = runs.get(0).get().clip();
      for (Future<EditResult> run : runs) {
        assertThat(same(run.get().clip(), first)).isTrue();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void closingWaitsForTheRun() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    ProgressListener listener =
        progress -> {
          if (progress.phase() == Progress.Phase.INVERSION) {
            started.countDown();
          }
        };
    FutureTask<EditResult> run =
        new FutureTask<>(() -> editor.edit(request().build(), listener, new CancellationToken()));
    Thread thread = new Thread(run);
    thread.start();
    started.await();
    editor.close();
    // The models were freed after the run, not under it.
    assertThat(Context.liveHandles()).isZero();
    assertThat(run.get().clip().frameCount()).isEqualTo(FRAMES);
    thread.join();
    assertThatThrownBy(() -> editor.edit(request().build()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aWaitingRunCanBeCancelled() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    ProgressListener blocking =
        progress -> {
          started.countDown();
          awaitQuietly(goOn);
        };
    CancellationToken token = new CancellationToken();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<EditResult> first =
          threads.submit(() -> editor.edit(request().build(), blocking, new CancellationToken()));
      started.await();
      Future<EditResult> second =
          threads.submit(() -> editor.edit(request().build(), ProgressListener.NONE, token));
      token.cancel();
      assertThatThrownBy(second::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(CancelledException.class);
      goOn.countDown();
      assertThat(first.get().clip().frameCount()).isEqualTo(FRAMES);
    } finally {
      goOn.countDown();
      threads.shutdown();
    }
  }

  @Test
  void refusesWhatDoesNotFitBeforeAnythingIsLoaded() {
    try (VideoEditor small = VideoEditor.builder().threads(2).memoryLimitBytes(10L << 20).build()) {
      assertThatThrownBy(() -> small.edit(request().build()))
          .isInstanceOf(OutOfMemoryException.class)
          .hasMessageContaining("the memory limit is 0.01 GiB")
          .hasMessageContaining("fewer frames");
      assertThat(Context.liveHandles()).isZero();
    }
  }

  @Test
  void outputsThatCannotBeWrittenAreRefusedFirst() throws IOException {
    Path existing = Files.writeString(folder.resolve("out.gif"), "kept");
    List<Progress> seen = new ArrayList<>();
    for (EditRequest request :
        List.of(
            request().output(existing).build(),
            request().recordOut(existing).build(),
            request().output(folder.resolve("missing/out.gif")).build(),
            request()
                .output(folder.resolve("a.gif"))
                .sideBySide(folder.resolve("b/../a.gif"))
                .build())) {
      assertThatThrownBy(() -> editor.edit(request, seen::add, new CancellationToken()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(".gif");
    }
    assertThat(seen).isEmpty();
    assertThat(existing).hasContent("kept");
    editor.edit(request().output(existing).overwrite(true).build());
    assertThat(FrameSource.open(existing).read().frameCount()).isEqualTo(FRAMES);
  }

  @Test
  void theSourcePromptWithoutGuidanceGivesTheClipBack() {
    Clip source = TestClips.square(FRAMES, 64, 48);
    EditResult result =
        editor.edit(
            EditRequest.builder()
                .input(source)
                .source("a red square moving right")
                .target("a red square moving right")
                .preset(Preset.NONE)
                .guidance(1)
                .steps(50)
                .build());
    assertThat(result.figures().whole()).isGreaterThan(30);
    assertThat(same(result.source(), source)).isTrue();
    assertThat(Objects.isNull(result.mask())).isTrue();
    assertThat(result.figures().inside()).isEmpty();
  }
}
