package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.model.Callbacks;
import io.freemask.model.TextEncoder;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the text encoder. */
@Command(
    name = "text",
    abbreviateSynopsis = true,
    description = {
      "Run the text encoder.",
      "Takes input_ids [B,L], or prompts. Gives input_ids, hidden_states.0 (the embeddings) to"
          + " hidden_states.N, last_hidden_state [B,L,C] and pooler_output [B,C]."
    },
    footer = {
      "",
      "Examples:",
      "  freemask component text --model DIR --in ids.safetensors --out y.safetensors",
      "  freemask component text --model DIR --prompt \"a bear is walking\" --prompt \"\" --out"
          + " y.safetensors"
    })
final class ComponentTextCommand extends ComponentPart {

  private static final String IDS = "input_ids";

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Encode this instead of input_ids; may be given several times.")
  private List<String> prompts = List.of();

  @Option(names = "--truncate", description = "Cut off prompts that are too long.")
  private boolean truncate;

  @Override
  boolean inputOptional() {
    return !prompts.isEmpty();
  }

  @Override
  void compute(Work work) {
    work.inputs()
        .requireKnown(
            Set.of(IDS), "input_ids|hidden_states\\.\\d+|last_hidden_state|pooler_output");
    long[][] ids = prompts.isEmpty() ? idsOf(work.inputs()) : tokenize(work);
    TensorOutputs outputs = work.outputs();
    outputs.put(
        IDS,
        Shape.of(ids.length, ids[0].length),
        Arrays.stream(ids).flatMapToLong(Arrays::stream).toArray());
    Callbacks.Probe probe = (name, shape, values) -> outputs.put(name, shape, values);
    try (TextEncoder encoder = work.model().loadTextEncoder(work.context(), work.dtype());
        Tensor hidden = encoder.forward(ids, work.callbacks().withProbe(probe, false))) {
      outputs.put("last_hidden_state", hidden);
    }
  }

  private static long[][] idsOf(TensorInputs inputs) {
    Shape shape = inputs.shape(IDS, 2);
    if (shape.elements() == 0) {
      throw new InvalidInputException(
          inputs.label(IDS) + " has the shape " + shape + ", expected at least one token");
    }
    long[] flat = inputs.longs(IDS);
    int length = Math.toIntExact(shape.dim(1));
    long[][] ids = new long[Math.toIntExact(shape.dim(0))][];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = Arrays.copyOfRange(flat, i * length, (i + 1) * length);
    }
    return ids;
  }

  private long[][] tokenize(Work work) {
    ClipTokenizer tokenizer =
        ClipTokenizer.open(
            work.model().tokenizerDirectory(),
            work.model().textEncoderConfig().maxPositionEmbeddings());
    return prompts.stream().map(p -> tokenizer.encode(p, truncate).ids()).toArray(long[][]::new);
  }
}
