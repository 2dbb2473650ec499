package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.edit.EditPlan;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.Mapper;
import io.freemask.edit.MaskRule;
import io.freemask.edit.MaskUse;
import io.freemask.edit.Preset;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.edit.SourceCacheUse;
import io.freemask.edit.StepWindow;
import io.freemask.mask.Mask;
import io.freemask.mmc.Codebook;
import io.freemask.model.AttentionPlan;
import io.freemask.model.SourceCache;
import io.freemask.tensor.DType;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import io.freemask.video.MaskClip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dry runs: everything up to the first forward pass, without the native library. */
class VideoEditorPlanTest {

  private static VideoEditor editor;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    editor = VideoEditor.openBuiltIn();
  }

  @AfterAll
  static void close() {
    editor.close();
  }

  private static EditRequest.Builder request(Preset preset) {
    return EditRequest.builder()
        .input(TestClips.square(3, 128, 96))
        .source("a red square moving right")
        .target("a blue square moving right")
        .words("square=square")
        .steps(10)
        .preset(preset);
  }

  private static void refuses(EditRequest.Builder request, String... parts) {
    assertThatThrownBy(() -> editor.plan(request.build()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void tellsSizesAndMemory() {
    EditPreview preview = editor.plan(request(Preset.SHAPE).size(new FrameSize(100, 70)).build());
    assertThat(preview.inputSize()).isEqualTo(new FrameSize(128, 96));
    assertThat(preview.workingSize()).isEqualTo(new FrameSize(104, 72));
    assertThat(preview.frames()).isEqualTo(3);
    assertThat(preview.latentSize()).isEqualTo(new LayerGrid.Size(9, 13));
    assertThat(preview.levels())
        .isEqualTo(
            Map.of(
                0,
                new LayerGrid.Size(9, 13),
                1,
                new LayerGrid.Size(5, 7),
                2,
                new LayerGrid.Size(3, 4)));
    assertThat(preview.memory().weightsBytes())
        .isEqualTo(4 * editor.model().parameterCounts().total());
    assertThat(preview.notices())
        .anyMatch(line -> line.contains("104x72") && line.contains("100x70"))
        .anyMatch(line -> line.contains("mapper replace"))
        .anyMatch(line -> line.contains("masks by the codebook of shapeworld"));
  }

  @Test
  void aSourceCacheCountsAndSavesAnItem() {
    EditPreview replayed = editor.plan(request(Preset.ATTRIBUTE).build());
    assertThat(replayed.sourceCache()).isEqualTo(SourceCacheUse.none(9));
    assertThat(replayed.memory().sourceCacheBytes()).isZero();
    SourceCacheLimit room = SourceCacheLimit.ofMemory(1L << 30);
    EditPreview cached = editor.plan(request(Preset.ATTRIBUTE).sourceCache(room).build());
    SourceCacheUse use = cached.sourceCache();
    assertThat(use.steps()).isEqualTo(9);
    assertThat(cached.memory().sourceCacheBytes()).isEqualTo(use.bytes());
    assertThat(cached.memory().toString()).contains("source cache");
    assertThat(cached.memory().unetBytes()).isLessThan(replayed.memory().unetBytes());
    EditPreview inFile =
        editor.plan(
            request(Preset.ATTRIBUTE)
                .sourceCache(new SourceCacheLimit(1L << 30, new SourceCache.ScratchFile(folder)))
                .build());
    assertThat(inFile.sourceCache()).isEqualTo(use);
    assertThat(inFile.memory().sourceCacheBytes()).isZero();
    try (VideoEditor small =
        VideoEditor.builder().memoryLimitBytes(cached.memory().totalBytes() - 1).build()) {
      assertThat(small.plan(request(Preset.ATTRIBUTE).sourceCache(room).build()).refusal())
          .hasValueSatisfying(line -> assertThat(line).contains("a smaller source cache"));
      assertThat(small.plan(request(Preset.ATTRIBUTE).build()).refusal()).isEmpty();
    }
  }

  @Test
  void masksAreWhatTheModelsCodebookSays() {
    Codebook codebook = editor.codebook().orElseThrow();
    Map<MaskUse, MaskRule> masks = editor.plan(request(Preset.SHAPE).build()).plan().masks();
    MaskRule.Layers best =
        new MaskRule.Layers.Named(List.of(codebook.layers().get(codebook.bestLayer()).name()));
    assertThat(masks).containsOnlyKeys(MaskUse.CROSS, MaskUse.BLEND);
    for (MaskRule rule : masks.values()) {
      assertThat(rule.layers()).isEqualTo(best);
      assertThat(rule.pool()).isTrue();
      assertThat(rule.objects()).containsExactly(List.of("square"));
    }
    assertThat(masks.get(MaskUse.CROSS).timing()).isEqualTo(new MaskRule.Timing.Aware());
    assertThat(masks.get(MaskUse.BLEND).timing())
        .isEqualTo(new MaskRule.Timing.Fixed(codebook.bestRecord()));
    assertThat(editor.plan(request(Preset.STYLE).build()).plan().masks()).isEmpty();
    assertThat(editor.plan(request(Preset.ATTRIBUTE).build()).plan().masks())
        .containsOnlyKeys(MaskUse.BLEND)
        .hasEntrySatisfying(
            MaskUse.BLEND, rule -> assertThat(rule.pool()).isEqualTo(codebook.pool()));
  }

  @Test
  void withoutACodebookTheStandardChoiceIsTakenAndSaid() {
    EditPreview preview =
        editor.plan(
            request(Preset.SHAPE)
                .masks(MaskOptions.STANDARD.withCodebook(new CodebookSource.None()))
                .build());
    assertThat(preview.plan().masks().get(MaskUse.BLEND))
        .isEqualTo(
            new MaskRule(
                List.of(List.of("square")),
                new MaskRule.Layers.Level(12, 16),
                new MaskRule.Timing.Fixed(2),
                MaskRule.DEFAULT_THRESHOLD,
                true));
    assertThat(preview.notices())
        .anyMatch(
            line ->
                line.contains("no codebook")
                    && line.contains("level [12, 16] at timestep 201")
                    && line.contains("calibrate"));
    assertThat(editor.plan(request(Preset.PARITY).build()).plan().masks().get(MaskUse.CROSS))
        .isEqualTo(
            new MaskRule(
                List.of(List.of("square")),
                new MaskRule.Layers.Level(12, 16),
                new MaskRule.Timing.Aware(),
                0.4,
                true));
  }

  @Test
  void optionsOfMasksWinOverTheCodebook() {
    MaskRule rule =
        editor
            .plan(
                request(Preset.ATTRIBUTE)
                    .masks(
                        MaskOptions.STANDARD
                            .withLayers(new MaskRule.Layers.All())
                            .withTiming(new MaskRule.Timing.Average())
                            .withSoft(true)
                            .withSubtract(List.of("right")))
                    .build())
            .plan()
            .masks()
            .get(MaskUse.BLEND);
    assertThat(rule.layers()).isEqualTo(new MaskRule.Layers.All());
    assertThat(rule.timing()).isEqualTo(new MaskRule.Timing.Average());
    assertThat(rule.soft()).isTrue();
    assertThat(rule.subtract()).containsExactly("right");
    refuses(
        request(Preset.SHAPE).masks(MaskOptions.STANDARD.withSubtract(List.of("lake"))),
        "masks.cross.subtract",
        "'lake'");
  }

  @Test
  void aCodebookThatDoesNotFitIsRefused() throws Exception {
    String json = editor.codebook().orElseThrow().toJson();
    Path other = folder.resolve("other.json");
    Files.writeString(other, json.replace(editor.model().hash(), "0".repeat(64)));
    Path cut = folder.resolve("cut.json");
    Files.writeString(cut, json.substring(0, json.length() / 2));
    for (Preset preset : List.of(Preset.SHAPE, Preset.STYLE)) {
      refuses(
          request(preset).masks(MaskOptions.STANDARD.withCodebook(new CodebookSource.File(other))),
          other.toString(),
          "0".repeat(64),
          editor.model().hash());
      refuses(
          request(preset).masks(MaskOptions.STANDARD.withCodebook(new CodebookSource.File(cut))),
          cut.toString(),
          "not valid JSON");
    }
    refuses(
        request(Preset.SHAPE)
            .masks(
                MaskOptions.STANDARD.withCodebook(
                    new CodebookSource.File(folder.resolve("none.json")))),
        "none.json",
        "does not exist");
    Path same = folder.resolve("same.json");
    Files.writeString(same, json);
    assertThat(
            editor
                .plan(
                    request(Preset.SHAPE)
                        .masks(MaskOptions.STANDARD.withCodebook(new CodebookSource.File(same)))
                        .build())
                .plan())
        .isEqualTo(editor.plan(request(Preset.SHAPE).build()).plan());
  }

  @Test
  void memoryGrowsWithFramesAndSizeAndFallsWithTheType() {
    long small = editor.plan(request(Preset.SHAPE).build()).memory().totalBytes();
    EditRequest.Builder larger = request(Preset.SHAPE).size(new FrameSize(256, 192));
    long large = editor.plan(larger.build()).memory().totalBytes();
    assertThat(large).isGreaterThan(small + small / 2);
    EditRequest.Builder fewer = larger.frames(FrameRange.of(0, 1, 1));
    assertThat(editor.plan(fewer.build()).memory().totalBytes()).isLessThan(large);
    try (VideoEditor half = VideoEditor.builder().dtype(DType.BF16).build()) {
      assertThat(half.plan(request(Preset.SHAPE).build()).memory().totalBytes()).isLessThan(small);
    }
  }

  @Test
  void saysThatTheMemoryLimitWouldRefuse() {
    assertThat(editor.plan(request(Preset.SHAPE).build()).refusal()).isEmpty();
    try (VideoEditor limited = VideoEditor.builder().memoryLimitBytes(1L << 20).build()) {
      assertThat(limited.plan(request(Preset.SHAPE).build()).refusal())
          .hasValueSatisfying(
              reason -> assertThat(reason).contains("the memory limit is 0.00 GiB"));
    }
  }

  @Test
  void framesPastTheEndAreRefused() {
    Path file = folder.resolve("three.gif");
    FrameSink.write(file, TestClips.square(3, 64, 64), false);
    EditRequest.Builder clip = request(Preset.SHAPE).input(file);
    assertThat(editor.plan(clip.frames(FrameRange.of(1, 2, 1)).build()).frames()).isEqualTo(2);
    refuses(clip.frames(FrameRange.of(1, 3, 1)), "3 frames");
    refuses(clip.frames(FrameRange.of(0, 2, 3)), "3 frames");
    refuses(clip.frames(FrameRange.of(3, 1, 1)), "3 frames");
    EditRequest.Builder inMemory = request(Preset.SHAPE).frames(FrameRange.of(1, 3, 1));
    refuses(inMemory, "3 frames");
  }

  @Test
  void optionsChangeThePresetsPlan() {
    EditPlan plan =
        editor
            .plan(
                request(Preset.SHAPE)
                    .crossWindow(new StepWindow(0.1, 0.7))
                    .wordWindow("blue", new StepWindow(0, 0.2))
                    .selfWindow(new StepWindow(0, 0))
                    .temporalWindow(new StepWindow(0, 0.5))
                    .temporalMode(AttentionPlan.Mode.MAP)
                    .temporalPolarity(AttentionPlan.Polarity.EDIT_INSIDE)
                    .mapper(Mapper.REFINE)
                    .order(AttentionPlan.Order.BLEND_THEN_MAP)
                    .equalizer("blue", 2)
                    .latentBlend(new StepWindow(0.2, 0.8))
                    .inversionIterations(4)
                    .masks(
                        MaskOptions.STANDARD
                            .withThreshold(0.4)
                            .withPool(false)
                            .withLevel(new LayerGrid.Size(6, 8))
                            .withTiming(new MaskRule.Timing.Fixed(1)))
                    .build())
            .plan();
    MaskRule rule =
        new MaskRule(
                List.of(List.of("square")),
                new MaskRule.Layers.Level(6, 8),
                new MaskRule.Timing.Fixed(1),
                0.4,
                false)
            .withLatentSize(true);
    assertThat(plan)
        .isEqualTo(
            new EditPlan(
                "a red square moving right",
                "a blue square moving right",
                10,
                7.5,
                4,
                new EditPlan.Cross(
                    Mapper.REFINE,
                    new StepWindow(0.1, 0.7),
                    Map.of("blue", new StepWindow(0, 0.2)),
                    true,
                    AttentionPlan.Order.BLEND_THEN_MAP,
                    0),
                Map.of("blue", 2.0),
                null,
                new EditPlan.Temporal(
                    AttentionPlan.Mode.MAP,
                    new StepWindow(0, 0.5),
                    true,
                    AttentionPlan.Polarity.EDIT_INSIDE,
                    1024),
                Map.of(MaskUse.CROSS, rule, MaskUse.TEMPORAL, rule, MaskUse.BLEND, rule),
                new EditPlan.LatentBlend(new StepWindow(0.2, 0.8), 1)));
  }

  @Test
  void windowsBringSectionsThatThePresetLacks() {
    EditPlan plan =
        editor
            .plan(
                request(Preset.NONE)
                    .crossWindow(new StepWindow(0, 1))
                    .selfWindow(new StepWindow(0, 1))
                    .temporalWindow(new StepWindow(0, 1))
                    .build())
            .plan();
    assertThat(plan.cross()).isNotNull();
    assertThat(plan.self()).isNotNull();
    assertThat(plan.temporal()).isNotNull();
    assertThat(plan.masks()).isEmpty();
  }

  @Test
  void masksCanBeSwitchedOnAndOff() {
    EditPlan style =
        editor
            .plan(request(Preset.STYLE).masks(MaskOptions.STANDARD.withEnabled(true)).build())
            .plan();
    assertThat(style.masks()).containsOnlyKeys(MaskUse.CROSS);
    EditPlan shape =
        editor
            .plan(request(Preset.SHAPE).masks(MaskOptions.STANDARD.withEnabled(false)).build())
            .plan();
    assertThat(shape.masks()).isEmpty();
    for (MaskUse use : MaskUse.values()) {
      assertThat(shape.usesMask(use)).isFalse();
    }
  }

  @Test
  void severalObjectsAreUnited() {
    EditPlan plan =
        editor
            .plan(request(Preset.SHAPE).words("red").words("moving right=moving right").build())
            .plan();
    assertThat(plan.masks().get(MaskUse.CROSS).objects())
        .containsExactly(List.of("square"), List.of("red"), List.of("moving right"));
  }

  @Test
  void namesTheWordThatIsMissing() {
    refuses(request(Preset.STYLE).words("car=square"), "words car=square", "'car'", "moving");
    refuses(request(Preset.STYLE).words("square=bus"), "'bus'", "blue");
    refuses(request(Preset.SHAPE).equalizer("red", 2), "equalizer", "'red'");
    refuses(
        EditRequest.builder()
            .input(TestClips.square(1, 64, 64))
            .source("a red square")
            .target("a blue square"),
        "preset shape",
        "car=bus");
    refuses(request(Preset.SHAPE).source("square ".repeat(80)), "source", "tokens", "--truncate");
  }

  @Test
  void namesTheOptionThatDoesNotFit() {
    refuses(request(Preset.NONE).equalizer("blue", 2), "equalizer", "cross");
    refuses(
        request(Preset.SHAPE).masks(MaskOptions.STANDARD.withLevel(new LayerGrid.Size(5, 5))),
        "level",
        "[5, 5]");
    refuses(request(Preset.SHAPE).steps(1001), "steps is 1001", "1000");
    refuses(request(Preset.SHAPE).size(new FrameSize(100, 96)).strictSize(true), "100x96");
    refuses(request(Preset.NONE).masksOut(folder.resolve("m.gif")), "m.gif", "masks nothing");
    refuses(request(Preset.SHAPE).input(folder.resolve("none.mp4")), "none.mp4");
    refuses(
        request(Preset.SHAPE).target("a blue square moving right quickly").mapper(Mapper.REPLACE),
        "replace");
  }

  @Test
  void aGivenMaskReplacesTheWords() {
    Path mask = folder.resolve("mask");
    FrameSink.write(mask, TestClips.mask(3, 128, 96), false);
    EditPlan plan =
        editor
            .plan(request(Preset.SHAPE).masks(MaskOptions.STANDARD.withFile(mask)).build())
            .plan();
    assertThat(plan.masks()).isEmpty();
    assertThat(plan.usesMask(MaskUse.BLEND)).isTrue();

    Path other = folder.resolve("other");
    FrameSink.write(other, TestClips.mask(2, 128, 96), false);
    refuses(
        request(Preset.SHAPE).masks(MaskOptions.STANDARD.withFile(other)),
        "other",
        "2 frames",
        "3");
  }

  @Test
  void aMaskOfAllFramesTakesTheSameRange() {
    Path path = folder.resolve("mask");
    FrameSink.write(path, TestClips.mask(5, 64, 64), false);
    EditRequest request =
        request(Preset.SHAPE)
            .input(TestClips.square(5, 64, 64))
            .frames(FrameRange.of(1, 2, 2))
            .masks(MaskOptions.STANDARD.withFile(path))
            .build();
    LayerGrid grid = new LayerGrid(List.of(), 2, 8, 8);
    Mask mask = MaskFile.read(request, new FrameSize(64, 64), grid).of(MaskUse.CROSS).at(0);
    Clip all = TestClips.mask(5, 64, 64);
    Clip chosen =
        new Clip(all.size(), all.frameRate(), List.of(all.frames().get(1), all.frames().get(3)));
    assertThat(mask).isEqualTo(MaskFile.latent(MaskClip.of(chosen), grid, false));
    assertThat(mask.coverage()).isBetween(0.1, 0.5);
  }

  @Test
  void aLatentPixelIsMarkedWhereMoreThanHalfOfItIs() {
    float[] values = new float[16 * 8];
    for (int i = 0; i < 33; i++) {
      values[(i / 8) * 16 + i % 8] = 1;
    }
    for (int i = 0; i < 32; i++) {
      values[(i / 8) * 16 + 8 + i % 8] = 1;
    }
    MaskClip clip = new MaskClip(new FrameSize(16, 8), 1, values);
    LayerGrid grid = new LayerGrid(List.of(), 1, 1, 2);
    assertThat(MaskFile.latent(clip, grid, false).values()).containsExactly(1, 0);
    assertThat(MaskFile.latent(clip, grid, true).values()).containsExactly(33 / 64f, 0.5f);
  }

  @Test
  void aClosedEditorIsNotUsed() {
    VideoEditor closed = VideoEditor.openBuiltIn();
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.plan(request(Preset.SHAPE).build()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> closed.edit(request(Preset.SHAPE).build()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> closed.generate(GenerateRequest.builder("a car").build()))
        .isInstanceOf(IllegalStateException.class);
  }
}
