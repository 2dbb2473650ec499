package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.edit.EditEngine;
import io.freemask.edit.EditListener;
import io.freemask.edit.EditPlan;
import io.freemask.edit.GivenMasks;
import io.freemask.edit.MaskUse;
import io.freemask.mask.MaskSchedule;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs an edit plan on latents. */
@Command(
    name = "edit",
    abbreviateSynopsis = true,
    description = {
      "Invert and edit latents as a plan says.",
      "Takes latents [1,4,F,h,w] (z_0, scaled) and given masks, if any: mask [F,h,w] or [T,F,h,w],"
          + " mask.cross, mask.self, mask.temporal, mask.blend. Gives inverted [T+1,4,F,h,w] (z_0"
          + " to z_T) and edited [T+1,4,F,h,w] (z_T first, the result last)."
    },
    footer = {
      "",
      "Example:",
      "  freemask component edit --model DIR --in x.safetensors --plan plan.json --out"
          + " y.safetensors"
    })
final class ComponentEditCommand extends ComponentPart {

  private static final String LATENTS = "latents";
  private static final String MASK = "mask";

  @Option(names = "--plan", paramLabel = "FILE", description = "The plan, JSON.")
  private @Nullable Path plan;

  @Option(names = "--truncate", description = "Cut off prompts that are too long.")
  private boolean truncate;

  @Override
  void compute(Work work) {
    EditPlan edit = readPlan(required("--plan", plan));
    TensorInputs inputs = work.inputs();
    Set<String> known = new HashSet<>(Set.of(LATENTS, MASK));
    for (MaskUse use : MaskUse.values()) {
      known.add(MASK + "." + use.key());
    }
    inputs.requireKnown(known, "inverted|edited");
    GivenMasks masks = masks(inputs);
    ClipTokenizer tokenizer =
        ClipTokenizer.open(
            work.model().tokenizerDirectory(),
            work.model().textEncoderConfig().maxPositionEmbeddings());
    try (Tensor latents = inputs.tensor(work.context(), LATENTS, 5);
        TextEncoder encoder = work.model().loadTextEncoder(work.context(), work.dtype());
        UNet unet = work.model().loadUNet(work.context(), work.dtype())) {
      EditEngine engine =
          new EditEngine(
              work.context(), unet, encoder, tokenizer, work.model().schedulerConfig(), truncate);
      try (ProgressDisplay display = ProgressDisplay.of(session().err(), root().quiet());
          EditEngine.Result result = engine.run(edit, latents, masks, listener(display))) {
        work.outputs().putJoined("inverted", result.inverted());
        work.outputs().putJoined("edited", result.edited());
      }
    }
  }

  private EditListener listener(ProgressDisplay display) {
    return new EditListener() {
      @Override
      public void onProgress(Phase phase, int step, int total) {
        display.update(phase.name().toLowerCase(Locale.ROOT), step, total);
      }

      @Override
      public boolean isCancelled() {
        return session().token().isCancelled();
      }
    };
  }

  private static EditPlan readPlan(Path path) {
    try {
      return EditPlan.parse(Files.readString(path));
    } catch (IOException e) {
      throw new InvalidInputException("plan " + ExitCode.message(e), e);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(path + ": " + e.getMessage(), e);
    }
  }

  private static GivenMasks masks(TensorInputs inputs) {
    Map<MaskUse, MaskSchedule> byUse = new EnumMap<>(MaskUse.class);
    for (MaskUse use : MaskUse.values()) {
      String name = MASK + "." + use.key();
      if (inputs.has(name)) {
        byUse.put(use, mask(inputs, name));
      }
    }
    return new GivenMasks(inputs.has(MASK) ? mask(inputs, MASK) : null, byUse);
  }

  private static MaskSchedule mask(TensorInputs inputs, String name) {
    return MaskSchedule.of(inputs.label(name), inputs.shape(name).sizes(), inputs.floats(name));
  }
}
