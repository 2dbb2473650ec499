package io.freemask.mmc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.edit.EditEngine;
import io.freemask.edit.EditListener;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.WordMapTrace;
import io.freemask.mask.Mask;
import io.freemask.mask.WordMapMask;
import io.freemask.model.Golden;
import io.freemask.model.ModelDirectory;
import io.freemask.model.NativeTestContext;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.prompt.Prompt;
import io.freemask.scheduler.SchedulerConfig;
import io.freemask.tensor.DType;
import io.freemask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Word maps and their masks against probabilities of diffusers and counts of numpy. */
class WordMapTraceIT {

  private static final int FRAME = 64;

  private NativeTestContext test;
  private Golden golden;
  private ModelDirectory model;
  private ClipTokenizer tokenizer;
  private Tensor sample;

  @BeforeEach
  void open() {
    test = NativeTestContext.open();
    golden = Golden.open("tiny/attn.safetensors");
    model = ModelDirectory.open(Golden.path("tiny-model"));
    tokenizer =
        ClipTokenizer.open(
            model.tokenizerDirectory(), model.textEncoderConfig().maxPositionEmbeddings());
    sample = test.add(golden.tensor(test.context(), "sample"));
  }

  @AfterEach
  void close() {
    golden.close();
    test.close();
  }

  private EditEngine engine(SchedulerConfig config) {
    return new EditEngine(
        test.context(),
        test.add(model.loadUNet(test.context(), DType.F32)),
        test.add(model.loadTextEncoder(test.context(), DType.F32)),
        tokenizer,
        config,
        false);
  }

  private Prompt prompt() {
    return Prompt.of(tokenizer, "a bear is walking");
  }

  /** Returns a configuration whose one step of one runs at a timestep. */
  private SchedulerConfig at(int timestep) {
    SchedulerConfig config = model.schedulerConfig();
    return new SchedulerConfig(
        config.numTrainTimesteps(),
        config.betaStart(),
        config.betaEnd(),
        config.betaSchedule(),
        config.trainedBetas(),
        config.clipSample(),
        config.clipSampleRange(),
        config.setAlphaToOne(),
        timestep,
        config.predictionType(),
        SchedulerConfig.TimestepSpacing.LEADING,
        config.rescaleBetasZeroSnr());
  }

  @Test
  void mapsMasksAndMiouEqualTheReferences() throws Exception {
    int timestep = (int) golden.file().longs("timestep")[0];
    WordMapTrace trace =
        engine(at(timestep))
            .trace(
                prompt(),
                List.of(List.of("bear"), List.of("walking"), List.of("bear", "walking")),
                sample,
                1,
                EditListener.NONE);
    assertThat(trace.records()).isEqualTo(1);
    assertThat(trace.timestep(0)).isEqualTo(timestep);
    assertThat(trace.objects()).isEqualTo(3);
    List<String> names = trace.layers().stream().map(layer -> layer.name()).toList();
    assertThat(names).hasSize(4);
    for (int l = 0; l < names.size(); l++) {
      for (int object = 0; object < 2; object++) {
        String name = names.get(l) + ".map." + (object == 0 ? "bear" : "walking");
        golden.check(name, trace.map(0, l, object), golden.floats(name), Golden.FORWARD);
      }
    }

    Mask truth = truth(trace.grid().frames());
    JsonNode cases = new ObjectMapper().readTree(Golden.path("mmc/expected.json").toFile());
    assertThat(cases).hasSize(4 * 3 * 2 * 5);
    for (JsonNode expected : cases) {
      int layer = names.indexOf(expected.get("layer").asText());
      List<String> words = new ArrayList<>();
      expected.get("words").forEach(word -> words.add(word.asText()));
      int object = words.size() == 2 ? 2 : words.equals(List.of("bear")) ? 0 : 1;
      LayerGrid.Size size = trace.size(layer);
      Mask mask =
          WordMapMask.derive(
              List.of(trace.layerMap(0, layer, object)),
              trace.grid().frames(),
              size.height(),
              size.width(),
              expected.get("pool").asBoolean(),
              (float) expected.get("threshold").asDouble(),
              FRAME,
              FRAME);
      Confusion confusion = Confusion.of(mask, truth);
      JsonNode counts = expected.get("counts");
      assertThat(confusion)
          .as(expected.toString())
          .isEqualTo(
              new Confusion(
                  counts.get(0).asLong(),
                  counts.get(1).asLong(),
                  counts.get(2).asLong(),
                  counts.get(3).asLong()));
      assertThat(confusion.miou()).isEqualTo(expected.get("miou").asDouble());
      assertThat(confusion.objectIou()).isEqualTo(expected.get("object_iou").asDouble());
    }
  }

  /** A disc that moves to the right, as in make_mmc_fixtures.py. */
  private static Mask truth(int frames) {
    float[] values = new float[frames * FRAME * FRAME];
    for (int f = 0; f < frames; f++) {
      for (int y = 0; y < FRAME; y++) {
        for (int x = 0; x < FRAME; x++) {
          int dx = x - 20 - 6 * f;
          int dy = y - 30;
          values[(f * FRAME + y) * FRAME + x] = dx * dx + dy * dy <= 14 * 14 ? 1 : 0;
        }
      }
    }
    return Mask.of(frames, FRAME, FRAME, values);
  }

  @Test
  void everyRecordOfEveryLayerIsKept() {
    List<Integer> progress = new ArrayList<>();
    EditListener listener =
        new EditListener() {
          @Override
          public void onProgress(Phase phase, int step, int total) {
            assertThat(phase).isEqualTo(Phase.INVERSION);
            progress.add(step);
          }
        };
    WordMapTrace trace =
        engine(model.schedulerConfig())
            .trace(prompt(), List.of(List.of("bear")), sample, 3, listener);
    assertThat(progress).containsExactly(0, 1, 2, 3);
    assertThat(trace.timesteps()).isSorted().hasSize(3);
    for (int k = 0; k < 3; k++) {
      for (int l = 0; l < trace.layers().size(); l++) {
        LayerGrid.Size size = trace.size(l);
        assertThat(trace.map(k, l, 0)).hasSize((int) (trace.grid().frames() * size.tokens()));
      }
    }
    assertThat(trace.map(0, 0, 0)).isNotEqualTo(trace.map(2, 0, 0));
  }

  @Test
  void refusesWhatDoesNotFit() {
    EditEngine engine = engine(model.schedulerConfig());
    assertThatThrownBy(
            () -> engine.trace(prompt(), List.of(List.of("cat")), sample, 2, EditListener.NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("'cat'", "bear");
    assertThatThrownBy(() -> engine.trace(prompt(), List.of(), sample, 2, EditListener.NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("objects");
    assertThatThrownBy(
            () -> engine.trace(prompt(), List.of(List.of("bear")), sample, 0, EditListener.NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("steps is 0");
    AtomicInteger asked = new AtomicInteger();
    EditListener cancelling =
        new EditListener() {
          @Override
          public boolean isCancelled() {
            return asked.incrementAndGet() > 5;
          }
        };
    assertThatThrownBy(
            () -> engine.trace(prompt(), List.of(List.of("bear")), sample, 9, cancelling))
        .isInstanceOf(CancelledException.class);
  }
}
