package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.OutOfMemoryException;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.model.ModelDirectory;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole edits against another implementation's latents. Gates, with m the largest magnitude and at
 * least 1: 1e-4 m for inversions, 5e-4 m for edits under guidance.
 */
class EditEngineIT {

  private static final double INVERTED_GATE = 1e-4;
  private static final double EDITED_GATE = 5e-4;

  private static void matches(Path folder, EditEngine.Result result) {
    try (SafetensorsFile out = SafetensorsFile.open(folder.resolve("out.safetensors"))) {
      matches(out, "inverted", result.inverted(), INVERTED_GATE);
      matches(out, "edited", result.edited(), EDITED_GATE);
    }
  }

  private static void matches(SafetensorsFile out, String name, List<Tensor> actual, double gate) {
    assertThat(actual).as(name).hasSize(Math.toIntExact(out.info(name).shape().dim(0)));
    float[] expected = out.floats(name);
    int size = expected.length / actual.size();
    double largest = 1;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < actual.size(); i++) {
      float[] values = actual.get(i).toFloats();
      assertThat(values).hasSize(size);
      double error = 0;
      for (int j = 0; j < size; j++) {
        error = Math.max(error, Math.abs(values[j] - expected[i * size + j]));
      }
      System.getLogger(EditEngineIT.class.getName())
          .log(
              System.Logger.Level.DEBUG,
              "{0}[{1}]: largest error {2}, gate {3}",
              name,
              i,
              error,
              gate * largest);
      assertThat(error).as("%s[%d] of %d", name, i, actual.size()).isLessThan(gate * largest);
    }
  }

  private long handles;

  @BeforeEach
  void countHandles() {
    handles = Context.liveHandles();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(Context.liveHandles()).isEqualTo(handles);
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnTheTinyModel {

    private GoldenEdits edits;

    @BeforeAll
    void open() {
      edits = GoldenEdits.open(GoldenEdits.tinyModel());
    }

    @AfterAll
    void close() {
      edits.close();
    }

    Stream<Path> cases() {
      return Stream.concat(
          Stream.of(
              GoldenEdits.resource("/golden/edit-shape"),
              GoldenEdits.resource("/golden/edit-derived")),
          GoldenEdits.cases("/golden/edit").stream());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsTheReference(Path folder) {
      try (EditEngine.Result result =
          edits.run(folder, GoldenEdits.plan(folder), EditListener.NONE)) {
        matches(folder, result);
      }
    }

    List<JsonNode> refusedPlans() throws IOException {
      List<JsonNode> plans = new ArrayList<>();
      new ObjectMapper()
          .readTree(GoldenEdits.resource("/golden/edit-errors/plans.json").toFile())
          .forEach(plans::add);
      return plans;
    }

    @ParameterizedTest
    @MethodSource("refusedPlans")
    void refusesAndNamesWhatIsWrong(JsonNode refused) {
      List<String> mentions = new ArrayList<>();
      refused.get("mentions").forEach(word -> mentions.add(word.asText()));
      float[] latents = new float[4 * 2 * 8 * 8];
      GivenMasks masks =
          refused.get("mask").asBoolean()
              ? GivenMasks.of(MaskSchedule.constant(Mask.of(2, 8, 8, new float[2 * 8 * 8])))
              : GivenMasks.NONE;
      try (Tensor z0 = Tensor.of(edits.context(), Shape.of(1, 4, 2, 8, 8), latents, DType.F32)) {
        assertThatThrownBy(
                () ->
                    edits
                        .engine()
                        .run(
                            EditPlan.parse(refused.get("plan").toString()),
                            z0,
                            masks,
                            EditListener.NONE))
            .as(refused.get("why").asText())
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContainingAll(mentions.toArray(String[]::new));
      }
    }

    @Test
    void aTokenizedPromptThatDoesNotFitIsNamed() {
      EditPlan plan =
          EditPlan.parse(
              "{\"source\": \"a bear\", \"target\": \""
                  + "very ".repeat(200)
                  + "bear\", \"steps\": 2, \"guidance\": 1}");
      try (Tensor z0 = noise(edits.context(), 1, 1, 8, 8)) {
        assertThatThrownBy(() -> edits.engine().run(plan, z0, GivenMasks.NONE, EditListener.NONE))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("target");
      }
    }

    @Test
    void reportsEveryStepInOrder() {
      List<String> seen = new ArrayList<>();
      Path folder = GoldenEdits.resource("/golden/edit-shape");
      EditListener listener =
          new EditListener() {
            @Override
            public void onProgress(Phase phase, int step, int total) {
              seen.add(phase + " " + step + "/" + total);
            }
          };
      try (EditEngine.Result result = edits.run(folder, GoldenEdits.plan(folder), listener)) {
        assertThat(result.masks()).isNotEmpty();
      }
      List<String> expected = new ArrayList<>();
      for (EditListener.Phase phase : EditListener.Phase.values()) {
        for (int i = 0; i <= 10; i++) {
          expected.add(phase + " " + i + "/10");
        }
      }
      assertThat(seen).isEqualTo(expected);
    }

    @Test
    void stopsInsideAForwardPass() {
      Path folder = GoldenEdits.resource("/golden/edit-derived");
      EditPlan plan = GoldenEdits.plan(folder);
      for (int after : new int[] {1, 5, 60, 150}) {
        AtomicInteger asked = new AtomicInteger();
        EditListener listener =
            new EditListener() {
              @Override
              public boolean isCancelled() {
                return asked.incrementAndGet() > after;
              }
            };
        assertThatThrownBy(() -> edits.run(folder, plan, listener))
            .isInstanceOf(CancelledException.class)
            .hasMessageMatching(
                // The prompts are encoded before the first step.
                "the run was cancelled|cancelled in (inversion|editing) after \\d+ of \\d+ steps");
        assertThat(asked).hasValueLessThanOrEqualTo(after + 2);
        assertThat(Context.liveHandles()).isEqualTo(handles);
      }
    }

    @Test
    void aListenersExceptionReachesTheCallerAndTheEngineLives() {
      Path folder = GoldenEdits.resource("/golden/edit-shape");
      EditPlan plan = GoldenEdits.plan(folder);
      for (EditListener.Phase failing : EditListener.Phase.values()) {
        IllegalStateException thrown = new IllegalStateException("listener");
        EditListener listener =
            new EditListener() {
              @Override
              public void onProgress(Phase phase, int step, int total) {
                if (phase == failing && step == 3) {
                  throw thrown;
                }
              }
            };
        assertThatThrownBy(() -> edits.run(folder, plan, listener)).isSameAs(thrown);
        assertThat(Context.liveHandles()).isEqualTo(handles);
      }
      AtomicInteger asked = new AtomicInteger();
      IllegalStateException thrown = new IllegalStateException("inside a pass");
      EditListener listener =
          new EditListener() {
            @Override
            public boolean isCancelled() {
              if (asked.incrementAndGet() == 7) {
                throw thrown;
              }
              return false;
            }
          };
      assertThatThrownBy(() -> edits.run(folder, plan, listener)).isSameAs(thrown);
      try (EditEngine.Result result = edits.run(folder, plan, EditListener.NONE)) {
        matches(folder, result);
      }
    }

    @Test
    void runningOutOfMemoryNamesTheStepAndTheEngineLives() {
      // The limit is the whole process's, so the models that are open count too.
      long limit = 2 * edits.context().memory().usedBytes() + (24L << 20);
      Path folder = GoldenEdits.resource("/golden/edit-shape");
      try (GoldenEdits limited = GoldenEdits.open(GoldenEdits.tinyModel(), limit);
          Tensor large = noise(limited.context(), 4, 16, 64, 64)) {
        assertThatThrownBy(
                () ->
                    limited
                        .engine()
                        .run(
                            GoldenEdits.plan(folder),
                            large,
                            GivenMasks.of(
                                MaskSchedule.constant(
                                    Mask.of(16, 64, 64, new float[16 * 64 * 64]))),
                            EditListener.NONE))
            .isInstanceOf(OutOfMemoryException.class)
            .hasMessageContaining("inversion step 1 of 10");
        try (EditEngine.Result result =
            limited.run(folder, GoldenEdits.plan(folder), EditListener.NONE)) {
          matches(folder, result);
        }
      }
    }

    @Test
    void anUncontrolledEditIsPlainGuidedDenoising() {
      // Without an open window the source item does not run, so its latents cannot matter.
      EditPlan none =
          EditPlan.parse(
              "{\"source\": \"a bear is walking\", \"target\": \"a tiger is walking\","
                  + " \"steps\": 3, \"guidance\": 7.5}");
      EditPlan closed =
          EditPlan.parse(
              "{\"source\": \"a bear is walking\", \"target\": \"a tiger is walking\","
                  + " \"steps\": 3, \"guidance\": 7.5,"
                  + " \"cross\": {\"window\": [0, 0.2]},"
                  + " \"self\": {\"mode\": \"map\", \"window\": [0.5, 0.5]},"
                  + " \"temporal\": {\"mode\": \"qk\", \"window\": [0, 1], \"max_tokens\": 1}}");
      try (Tensor z0 = noise(edits.context(), 4, 3, 9, 11);
          EditEngine.Result first =
              edits.engine().run(none, z0, GivenMasks.NONE, EditListener.NONE);
          EditEngine.Result second =
              edits.engine().run(closed, z0, GivenMasks.NONE, EditListener.NONE)) {
        assertThat(second.result().toFloats()).isEqualTo(first.result().toFloats());
        assertThat(first.inverted().get(0).toFloats()).isEqualTo(z0.toFloats());
        assertThat(first.edited().get(0).toFloats()).isEqualTo(first.inverted().get(3).toFloats());
      }
    }

    @Test
    void moreIterationsOfTheInversionUndoTheDenoising() {
      try (Tensor z0 = noise(edits.context(), 4, 3, 9, 11)) {
        double plain = thereAndBack(z0, 1);
        double iterated = thereAndBack(z0, 8);
        assertThat(plain).isPositive();
        assertThat(iterated).isLessThan(plain / 10);
      }
    }

    /** Returns how far a clip comes back from itself, at most. */
    private double thereAndBack(Tensor z0, int iterations) {
      EditPlan plan =
          EditPlan.parse(
              "{\"source\": \"a bear is walking\", \"target\": \"a bear is walking\","
                  + " \"steps\": 50, \"guidance\": 1, \"inversion_iterations\": "
                  + iterations
                  + "}");
      try (EditEngine.Result result =
          edits.engine().run(plan, z0, GivenMasks.NONE, EditListener.NONE)) {
        float[] clip = z0.toFloats();
        float[] back = result.result().toFloats();
        double most = 0;
        for (int i = 0; i < clip.length; i++) {
          most = Math.max(most, Math.abs(back[i] - clip[i]));
        }
        return most;
      }
    }

    @Test
    void theLayoutIsTheUnets() {
      assertThat(AttentionLayout.of(edits.unet().config()))
          .isEqualTo(edits.unet().attentionLayers());
    }

    @Test
    void generatesTheSameFromTheSameNoise() {
      try (Tensor noise = noise(edits.context(), 5, 2, 8, 8);
          Tensor first = edits.engine().generate("a bear", noise, 3, 7.5, EditListener.NONE);
          Tensor second = edits.engine().generate(" a bear ", noise, 3, 7.5, EditListener.NONE);
          Tensor other = edits.engine().generate("a tiger", noise, 3, 7.5, EditListener.NONE)) {
        assertThat(first.shape()).isEqualTo(noise.shape());
        assertThat(second.toFloats()).isEqualTo(first.toFloats());
        assertThat(other.toFloats()).isNotEqualTo(first.toFloats());
      }
      try (Tensor noise = noise(edits.context(), 5, 2, 8, 8)) {
        for (int steps : new int[] {0, 1001}) {
          assertThatThrownBy(() -> edits.engine().generate("a", noise, steps, 1, EditListener.NONE))
              .isInstanceOf(InvalidInputException.class)
              .hasMessageContaining("steps is " + steps);
        }
      }
    }

    private Tensor noise(Context context, int seed, int frames, int height, int width) {
      Random random = new Random(seed);
      float[] values = new float[4 * frames * height * width];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return Tensor.of(context, Shape.of(1, 4, frames, height, width), values, DType.F32);
    }
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnTheBuiltInModel {

    private GoldenEdits edits;

    @BeforeAll
    void open() {
      edits = GoldenEdits.open(ModelDirectory.builtIn());
    }

    @AfterAll
    void close() {
      edits.close();
    }

    List<Path> cases() {
      return GoldenEdits.cases("/golden/edit-shapeworld");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsTheReference(Path folder) {
      try (EditEngine.Result result =
          edits.run(folder, GoldenEdits.plan(folder), EditListener.NONE)) {
        matches(folder, result);
      }
    }

    @Test
    void theLayoutIsTheUnets() {
      assertThat(AttentionLayout.of(edits.unet().config()))
          .isEqualTo(edits.unet().attentionLayers());
    }
  }
}
