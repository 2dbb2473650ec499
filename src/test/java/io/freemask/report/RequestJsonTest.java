package io.freemask.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.CodebookSource;
import io.freemask.EditRequest;
import io.freemask.GenerateRequest;
import io.freemask.InvalidInputException;
import io.freemask.MaskOptions;
import io.freemask.edit.Mapper;
import io.freemask.edit.MaskRule;
import io.freemask.edit.Preset;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.edit.StepWindow;
import io.freemask.internal.json.JsonSection;
import io.freemask.model.AttentionPlan;
import io.freemask.model.SourceCache;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestJsonTest {

  private static EditRequest.Builder minimal() {
    return EditRequest.builder().input(Path.of("in.mp4")).source("a car").target("a bus");
  }

  private static EditRequest again(EditRequest request) {
    return RequestJson.readEdit(
        JsonSection.document("request", RequestJson.write(request).toString()));
  }

  @Test
  void everyFieldOfAnEditComesBack() {
    EditRequest request =
        minimal()
            .words("car=bus")
            .words("red wheels+door")
            .preset(Preset.ATTRIBUTE)
            .output(Path.of("out.mp4"))
            .sideBySide(Path.of("both.gif"))
            .masksOut(Path.of("masks"))
            .recordOut(Path.of("run.json"))
            .reportOut(Path.of("run.html"))
            .sourceCache(
                new SourceCacheLimit(3L << 30, new SourceCache.ScratchFile(Path.of("scratch"))))
            .steps(20)
            .guidance(4.5)
            .inversionIterations(3)
            .seed(Long.MIN_VALUE)
            .frames(FrameRange.of(2, 8, 3))
            .size(new FrameSize(320, 192))
            .mapper(Mapper.REFINE)
            .order(AttentionPlan.Order.BLEND_THEN_MAP)
            .temporalMode(AttentionPlan.Mode.QK)
            .temporalPolarity(AttentionPlan.Polarity.EDIT_INSIDE)
            .masks(
                new MaskOptions(
                    true,
                    0.45,
                    false,
                    new MaskRule.Layers.Level(4, 6),
                    new MaskRule.Timing.Aware(),
                    List.of(),
                    0.2,
                    Path.of("mask.png"),
                    true,
                    new CodebookSource.File(Path.of("codebook.json"))))
            .crossWindow(new StepWindow(0, 0.1))
            .selfWindow(new StepWindow(0.2, 0.3))
            .temporalWindow(new StepWindow(0.4, 0.5))
            .wordWindow("a bus", new StepWindow(0, 1))
            .wordWindow("bus", new StepWindow(0, 0.5))
            .equalizer("bus", 2)
            .latentBlend(new StepWindow(0.2, 0.8))
            .latentBlendGrow(2)
            .overwrite(true)
            .truncate(true)
            .strictSize(true)
            .build();
    EditRequest read = again(request);
    assertThat(read).isEqualTo(request);
    assertThat(read.wordWindows().keySet()).containsExactly("a bus", "bus");
  }

  @Test
  void defaultsComeBack() {
    assertThat(again(minimal().build())).isEqualTo(minimal().build());
    for (SourceCache.Place place :
        List.of(new SourceCache.HostMemory(), new SourceCache.DeviceMemory())) {
      EditRequest cached = minimal().sourceCache(new SourceCacheLimit(5, place)).build();
      assertThat(again(cached)).isEqualTo(cached);
    }
    EditRequest fixed =
        minimal()
            .masks(
                MaskOptions.STANDARD
                    .withLayers(List.of("mid_block"))
                    .withTiming(new MaskRule.Timing.Fixed(7)))
            .build();
    assertThat(again(fixed)).isEqualTo(fixed);
    EditRequest averaged =
        minimal()
            .masks(
                MaskOptions.STANDARD
                    .withLayers(new MaskRule.Layers.All())
                    .withTiming(new MaskRule.Timing.Average())
                    .withSubtract(List.of("road", "a tree"))
                    .withCodebook(new CodebookSource.None()))
            .build();
    assertThat(again(averaged)).isEqualTo(averaged);
  }

  @Test
  void everyFieldOfAGenerationComesBack() {
    for (GenerateRequest request :
        List.of(
            GenerateRequest.builder("a car").build(),
            GenerateRequest.builder("a car")
                .output(Path.of("out.webm"))
                .recordOut(Path.of("run.json"))
                .steps(7)
                .guidance(1)
                .seed(42)
                .frames(16)
                .size(new FrameSize(64, 32))
                .frameRate(new FrameRate(30000, 1001))
                .overwrite(true)
                .truncate(true)
                .strictSize(true)
                .build())) {
      assertThat(
              RequestJson.readGenerate(
                  JsonSection.document("request", RequestJson.write(request).toString())))
          .isEqualTo(request);
    }
  }

  @Test
  void aClipInMemoryCannotComeBack() {
    Clip clip = new Clip(new FrameSize(1, 1), FrameRate.of(1), List.of(new byte[3]));
    EditRequest request = minimal().input(clip).build();
    assertThatThrownBy(() -> again(request))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("input is missing")
        .hasMessageContaining("memory");
  }

  @Test
  void whatIsNoRecordIsRefused() {
    for (String json :
        List.of("", "[]", "{}", "{\"edit\": {}}", "{\"edit\": {}, \"settings\": {}}")) {
      assertThatThrownBy(() -> RunRecord.parse("run.json", json))
          .isInstanceOf(InvalidInputException.class);
    }
    assertThatThrownBy(() -> RunRecord.read(Path.of("does-not-exist.json")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("does-not-exist.json");
  }
}
