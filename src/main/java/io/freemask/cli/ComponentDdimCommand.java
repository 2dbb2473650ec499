package io.freemask.cli;

import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.scheduler.SchedulerConfig;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.tensor.TensorScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the scheduler by itself, or with the UNet. */
@Command(
    name = "ddim",
    abbreviateSynopsis = true,
    description = {
      "Run the DDIM scheduler, by itself or with the UNet.",
      "With ddimN.eps [N,..] and ddimN.x [..]: ddimN.timesteps, ddimN.seq and ddimN.x0 (latents and"
          + " predicted clean latents after each of N steps). With ddimN.eps and invN.x:"
          + " invN.timesteps and invN.seq. Always: betas, alphas_cumprod, final_alpha_cumprod,"
          + " inverse.initial_alpha_cumprod.",
      "With nN.z0 [1,4,F,h,w] and the source prompt: nN.inversion, nN.reconstruction and, with the"
          + " target prompt, nN.edit_cfg<g>; a target from the metadata is for N up to 10 alone."
    },
    footer = {
      "",
      "Examples:",
      "  freemask component ddim --model DIR --in x.safetensors --out y.safetensors",
      "  freemask component ddim --model DIR --in z0.safetensors --out y.safetensors \\",
      "      --prompt \"a bear is walking\" --target \"a tiger is walking\""
    })
final class ComponentDdimCommand extends ComponentPart {

  private static final int SHORT_CHAIN = 10;
  private static final Pattern INPUT = Pattern.compile("(ddim|inv|n)(\\d{1,6})\\.(eps|x|z0)");
  private static final Set<String> INPUT_NAMES = Set.of("ddim.eps", "ddim.x", "inv.x", "n.z0");

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Source prompt. Default: inversion_prompt of the input's metadata.")
  private @Nullable String prompt;

  @Option(
      names = "--target",
      paramLabel = "TEXT",
      description = "Target prompt. Default: edit_prompt of the input's metadata.")
  private @Nullable String target;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      defaultValue = "7.5",
      description = "Guidance of edit_cfg<g>. Default: ${DEFAULT-VALUE}.")
  private double guidance;

  @Override
  void compute(Work work) {
    TensorInputs inputs = work.inputs();
    Set<String> known = new HashSet<>();
    SortedSet<Integer> synthetic = new TreeSet<>();
    SortedSet<Integer> withUNet = new TreeSet<>();
    for (String name : inputs.names()) {
      Matcher m = INPUT.matcher(name);
      if (m.matches() && INPUT_NAMES.contains(m.group(1) + "." + m.group(3))) {
        known.add(name);
        (m.group(1).equals("n") ? withUNet : synthetic).add(Integer.parseInt(m.group(2)));
      }
    }
    if (known.isEmpty()) {
      known.addAll(Set.of("ddimN.eps", "ddimN.x", "invN.x", "nN.z0"));
    }
    inputs.requireKnown(
        known,
        "betas|alphas_cumprod|final_alpha_cumprod|inverse\\.initial_alpha_cumprod"
            + "|(ddim|inv)\\d+\\.(timesteps|seq|x0|seq_p2p_next_step)"
            + "|n\\d+\\.(inversion|reconstruction|edit_cfg.*)");
    SchedulerConfig config = work.model().schedulerConfig();
    putTables(work.outputs(), config);
    for (int steps : synthetic) {
      DdimScheduler scheduler = DdimScheduler.of(config, steps);
      if (inputs.has("ddim" + steps + ".x")) {
        denoise(work, scheduler);
      }
      if (inputs.has("inv" + steps + ".x")) {
        invert(work, scheduler);
      }
    }
    if (!withUNet.isEmpty()) {
      runChains(work, withUNet);
    }
  }

  private static void putTables(TensorOutputs outputs, SchedulerConfig config) {
    DdimScheduler scheduler = DdimScheduler.of(config, 1);
    float[] alphas = scheduler.alphasCumprod();
    float[] betas = scheduler.betas();
    outputs.put("alphas_cumprod", Shape.of(alphas.length), alphas);
    outputs.put("betas", Shape.of(betas.length), betas);
    // A negative timestep stands for the level below the first.
    outputs.put("final_alpha_cumprod", Shape.of(1), scheduler.alphaCumprod(-1));
    outputs.put("inverse.initial_alpha_cumprod", Shape.of(1), scheduler.alphaCumprod(-1));
  }

  private static void denoise(Work work, DdimScheduler scheduler) {
    String name = "ddim" + scheduler.steps();
    long[] timesteps = new long[scheduler.steps()];
    List<Tensor> sequence = new ArrayList<>();
    List<Tensor> clean = new ArrayList<>();
    try (TensorScope scope = TensorScope.open()) {
      Tensor x = scope.add(latents(work, name + ".x"));
      for (int s = 0; s < scheduler.steps(); s++) {
        timesteps[s] = scheduler.timestep(scheduler.steps() - s);
        Tensor noise = scope.add(noise(work, name + ".eps", s, x.shape(), scheduler.steps()));
        clean.add(scope.add(predictClean(work, scheduler, x, noise, timesteps[s])));
        x = scope.add(scheduler.step(x, noise, s));
        sequence.add(x);
      }
      work.outputs().put(name + ".timesteps", Shape.of(timesteps.length), timesteps);
      work.outputs().putStacked(name + ".seq", sequence);
      work.outputs().putStacked(name + ".x0", clean);
    }
  }

  /** Returns x0 as the noise prediction (or velocity) at a timestep implies it. */
  private static Tensor predictClean(
      Work work, DdimScheduler scheduler, Tensor x, Tensor prediction, long timestep) {
    SchedulerConfig config = work.model().schedulerConfig();
    float alpha = scheduler.alphaCumprod(Math.toIntExact(timestep));
    double signal = Math.sqrt(alpha);
    double noise = Math.sqrt(1.0 - alpha);
    boolean velocity = config.predictionType() == SchedulerConfig.PredictionType.V_PREDICTION;
    float ofLatents = (float) (velocity ? signal : 1 / signal);
    float ofPrediction = (float) (velocity ? -noise : -noise / signal);
    if (!config.clipSample()) {
      return Tensor.combine(ofLatents, x, ofPrediction, prediction);
    }
    float range = (float) config.clipSampleRange();
    try (Tensor unclipped = Tensor.combine(ofLatents, x, ofPrediction, prediction)) {
      float[] values = unclipped.toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.clamp(values[i], -range, range);
      }
      return Tensor.of(work.context(), x.shape(), values, DType.F32);
    }
  }

  private static void invert(Work work, DdimScheduler scheduler) {
    String name = "inv" + scheduler.steps();
    long[] timesteps = new long[scheduler.steps()];
    List<Tensor> sequence = new ArrayList<>();
    try (TensorScope scope = TensorScope.open()) {
      Tensor x = scope.add(latents(work, name + ".x"));
      for (int k = 0; k < scheduler.steps(); k++) {
        timesteps[k] = scheduler.timestep(k + 1);
        String eps = "ddim" + scheduler.steps() + ".eps";
        Tensor noise = scope.add(noise(work, eps, k, x.shape(), scheduler.steps()));
        x = scope.add(scheduler.invert(x, noise, k));
        sequence.add(x);
      }
      work.outputs().put(name + ".timesteps", Shape.of(timesteps.length), timesteps);
      work.outputs().putStacked(name + ".seq", sequence);
    }
  }

  private static Tensor latents(Work work, String name) {
    return Tensor.of(
        work.context(), work.inputs().shape(name), work.inputs().floats(name), DType.F32);
  }

  /** Returns the s-th of the noise predictions [N,..], in the latents' shape. */
  private static Tensor noise(Work work, String name, int s, Shape latents, int steps) {
    Shape shape = work.inputs().shape(name);
    long[] expected = new long[latents.rank() + 1];
    expected[0] = steps;
    System.arraycopy(latents.toArray(), 0, expected, 1, latents.rank());
    shape.require(work.inputs().label(name), Shape.of(expected));
    int length = Math.toIntExact(latents.elements());
    float[] part = new float[length];
    System.arraycopy(work.inputs().floats(name), s * length, part, 0, length);
    return Tensor.of(work.context(), latents, part, DType.F32);
  }

  /** What the chains with the UNet share. */
  private record Chain(
      Work work, UNet unet, Tensor source, @Nullable Tensor target, Tensor empty, float guidance) {

    Tensor predict(TensorScope scope, Tensor x, int timestep, Tensor text) {
      return predict(scope, List.of(x), timestep, List.of(text)).getFirst();
    }

    List<Tensor> predict(TensorScope scope, List<Tensor> x, int timestep, List<Tensor> texts) {
      List<Tensor> noise = unet.forward(x, texts, timestep, null, null, work.callbacks()).noise();
      noise.forEach(scope::add);
      return noise;
    }
  }

  private void runChains(Work work, SortedSet<Integer> allSteps) {
    String source = promptOf(work, prompt, "inversion_prompt");
    if (source == null) {
      throw new InvalidInputException(
          "--prompt is missing, and the input's metadata holds no inversion_prompt");
    }
    String edited = promptOf(work, target, "edit_prompt");
    ClipTokenizer tokenizer =
        ClipTokenizer.open(
            work.model().tokenizerDirectory(),
            work.model().textEncoderConfig().maxPositionEmbeddings());
    try (TensorScope scope = TensorScope.open();
        TextEncoder encoder = work.model().loadTextEncoder(work.context(), work.dtype());
        UNet unet = work.model().loadUNet(work.context(), work.dtype())) {
      Chain chain =
          new Chain(
              work,
              unet,
              scope.add(embed(work, encoder, tokenizer, source)),
              edited == null ? null : scope.add(embed(work, encoder, tokenizer, edited)),
              scope.add(embed(work, encoder, tokenizer, "")),
              (float) guidance);
      for (int steps : allSteps) {
        runChain(chain, DdimScheduler.of(work.model().schedulerConfig(), steps));
      }
    }
  }

  private static Tensor embed(
      Work work, TextEncoder encoder, ClipTokenizer tokenizer, String text) {
    return encoder.forward(new long[][] {tokenizer.encode(text).ids()}, work.callbacks());
  }

  private static @Nullable String promptOf(Work work, @Nullable String option, String key) {
    return option != null ? option : work.inputs().metadata().get(key);
  }

  private void runChain(Chain chain, DdimScheduler scheduler) {
    String name = "n" + scheduler.steps();
    int steps = scheduler.steps();
    try (TensorScope kept = TensorScope.open()) {
      Tensor z0 = kept.add(chain.work().inputs().tensor(chain.work().context(), name + ".z0", 5));
      List<Tensor> inversion = new ArrayList<>();
      Tensor x = z0;
      for (int k = 0; k < steps; k++) {
        try (TensorScope step = openStep()) {
          Tensor noise = chain.predict(step, x, scheduler.timestep(k + 1), chain.source());
          x = kept.add(scheduler.invert(x, noise, k));
          inversion.add(x);
        }
      }
      chain.work().outputs().putStacked(name + ".inversion", inversion);
      Tensor noisiest = x;
      List<Tensor> reconstruction = new ArrayList<>();
      for (int s = 0; s < steps; s++) {
        try (TensorScope step = openStep()) {
          Tensor noise = chain.predict(step, x, scheduler.timestep(steps - s), chain.source());
          x = kept.add(scheduler.step(x, noise, s));
          reconstruction.add(x);
        }
      }
      chain.work().outputs().putStacked(name + ".reconstruction", reconstruction);
      // The chain with guidance takes twice as long, so long ones are for those who ask.
      if (chain.target() != null && (target != null || steps <= SHORT_CHAIN)) {
        List<Tensor> edit = edit(chain, chain.target(), scheduler, kept, noisiest);
        chain.work().outputs().putStacked(name + ".edit_cfg" + guidance, edit);
      }
    }
  }

  private List<Tensor> edit(
      Chain chain, Tensor target, DdimScheduler scheduler, TensorScope kept, Tensor noisiest) {
    List<Tensor> sequence = new ArrayList<>();
    Tensor x = noisiest;
    for (int s = 0; s < scheduler.steps(); s++) {
      try (TensorScope step = openStep()) {
        List<Tensor> noise =
            chain.predict(
                step,
                List.of(x, x),
                scheduler.timestep(scheduler.steps() - s),
                List.of(chain.empty(), target));
        Tensor difference = step.add(Tensor.combine(1, noise.get(1), -1, noise.get(0)));
        Tensor guided = step.add(Tensor.combine(1, noise.get(0), chain.guidance(), difference));
        x = kept.add(scheduler.step(x, guided, s));
        sequence.add(x);
      }
    }
    return sequence;
  }

  private TensorScope openStep() {
    if (session().token().isCancelled()) {
      throw new CancelledException("cancelled");
    }
    return TensorScope.open();
  }
}
