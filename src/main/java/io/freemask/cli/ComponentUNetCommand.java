package io.freemask.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.InvalidInputException;
import io.freemask.model.AttentionLayer;
import io.freemask.model.Callbacks;
import io.freemask.model.UNet;
import io.freemask.model.WordCapture;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.prompt.Prompt;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the UNet once. */
@Command(
    name = "unet",
    abbreviateSynopsis = true,
    description = {
      "Run the UNet once.",
      "Takes sample [B,4,F,h,w], timestep (one number) and encoder_hidden_states [B,L,C]. Gives out"
          + " [B,4,F,h,w] and the intermediate values act.* of the blocks.",
      "With emb_uncond and emb_text [B,L,C] instead of encoder_hidden_states it gives out_uncond,"
          + " out_text and guided_<g> = out_uncond + g (out_text - out_uncond)."
    },
    footer = {
      "",
      "Examples:",
      "  freemask component unet --model DIR --in x.safetensors --out y.safetensors --deep",
      "  freemask component unet --model DIR --in x.safetensors --out y.safetensors \\",
      "      --attention --prompt \"a bear is walking\" --words bear,walking",
      "  freemask component unet --model DIR --in x.safetensors --out y.safetensors \\",
      "      --attention --tokens bear=2 --tokens walking=4"
    })
final class ComponentUNetCommand extends ComponentPart {

  private static final String LATENTS = "sample";
  private static final String TIMESTEP = "timestep";
  private static final String TEXT = "encoder_hidden_states";
  private static final String UNCONDITIONAL = "emb_uncond";
  private static final String CONDITIONAL = "emb_text";

  /** What the blocks hand on to each other; the rest is inside of them. */
  private static final Pattern BLOCK_VALUE =
      Pattern.compile(
          "time_proj|time_embedding|conv_in|transformer_in|conv_norm_out|mid_block"
              + "|down_blocks\\.\\d+(\\.res\\.\\d+)?|up_blocks\\.\\d+");

  private static final String ATTENTION_SUFFIX = ".mean_heads";

  @Option(names = "--deep", description = "Also give the values inside the blocks, by module path.")
  private boolean deep;

  @Option(
      names = "--attention",
      description =
          "Also give attention maps: LAYER.mean_heads, and LAYER.map.WORD for words that --words,"
              + " --tokens or the input's metadata (token_index) name.")
  private boolean attention;

  @Option(
      names = "--words",
      paramLabel = "WORD",
      split = ",",
      description = "Words of --prompt to give maps of: the mean over their tokens.")
  private List<String> words = List.of();

  @Option(
      names = "--tokens",
      paramLabel = "WORD=I",
      description = "A word's token indices, such as tiger=2 or giraffe=2,3.")
  private Map<String, String> tokens = Map.of();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "The prompt of encoder_hidden_states, to find --words in. Default: the input's metadata.")
  private @Nullable String prompt;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      defaultValue = "7.5",
      description = "g of guided_<g>. Default: ${DEFAULT-VALUE}.")
  private double guidance;

  @Override
  void compute(Work work) {
    TensorInputs inputs = work.inputs();
    inputs.requireKnown(
        Set.of(LATENTS, TIMESTEP, TEXT, UNCONDITIONAL, CONDITIONAL),
        "out|out_uncond|out_text|guided_.*|act\\..*|.*\\.mean_heads|.*\\.map\\..*");
    boolean guided = !inputs.has(TEXT) && (inputs.has(UNCONDITIONAL) || inputs.has(CONDITIONAL));
    Shape latents = inputs.shape(LATENTS, 5);
    double timestep = inputs.scalar(TIMESTEP);
    try (UNet unet = work.model().loadUNet(work.context(), work.dtype());
        TensorScope scope = TensorScope.open()) {
      List<Tensor> samples = items(work, scope, LATENTS, latents.dim(0));
      if (guided) {
        guided(work, unet, scope, samples, timestep);
      } else {
        List<Tensor> texts = texts(work, scope, TEXT, latents.dim(0));
        plain(work, unet, samples, texts, timestep);
      }
    }
  }

  private void plain(
      Work work, UNet unet, List<Tensor> samples, List<Tensor> texts, double timestep) {
    Map<String, int[]> groups = attention ? wordTokens(work) : Map.of();
    if (!groups.isEmpty() && samples.size() > 1) {
      throw new InvalidInputException(
          "word maps need a batch of 1, " + LATENTS + " has " + samples.size() + " items");
    }
    WordCapture capture =
        groups.isEmpty() ? null : new WordCapture(0, List.copyOf(groups.values()));
    Callbacks callbacks = work.callbacks().withProbe(probe(work.outputs()), attention);
    try (UNet.Output output = unet.forward(samples, texts, timestep, null, capture, callbacks)) {
      work.outputs().putJoined("out", output.noise());
      if (capture != null) {
        putMaps(work.outputs(), unet, output.wordMaps(), groups);
      }
    }
  }

  private void guided(
      Work work, UNet unet, TensorScope scope, List<Tensor> samples, double timestep) {
    long batch = samples.size();
    List<Tensor> unconditional = texts(work, scope, UNCONDITIONAL, batch);
    List<Tensor> conditional = texts(work, scope, CONDITIONAL, batch);
    List<Tensor> latents = new ArrayList<>(samples);
    latents.addAll(samples);
    List<Tensor> texts = new ArrayList<>(unconditional);
    texts.addAll(conditional);
    try (UNet.Output output =
        unet.forward(latents, texts, timestep, null, null, work.callbacks())) {
      List<Tensor> without = output.noise().subList(0, samples.size());
      List<Tensor> with = output.noise().subList(samples.size(), latents.size());
      List<Tensor> result = new ArrayList<>();
      for (int i = 0; i < samples.size(); i++) {
        Tensor difference = scope.add(Tensor.combine(1, with.get(i), -1, without.get(i)));
        result.add(scope.add(Tensor.combine(1, without.get(i), (float) guidance, difference)));
      }
      work.outputs().putJoined("out_uncond", without);
      work.outputs().putJoined("out_text", with);
      work.outputs().putJoined("guided_" + guidance, result);
    }
  }

  private Callbacks.Probe probe(TensorOutputs outputs) {
    return (name, shape, values) -> {
      if (name.endsWith(ATTENTION_SUFFIX)) {
        outputs.put(name, shape, values);
      } else if (BLOCK_VALUE.matcher(name).matches()) {
        outputs.put("act." + name, shape, values);
      } else if (deep) {
        outputs.put(name, shape, values);
      }
    };
  }

  private static void putMaps(
      TensorOutputs outputs, UNet unet, List<Tensor> maps, Map<String, int[]> groups) {
    List<AttentionLayer> layers =
        unet.attentionLayers().stream()
            .filter(layer -> layer.kind() == AttentionLayer.Kind.CROSS)
            .toList();
    for (int i = 0; i < layers.size(); i++) {
      Shape shape = maps.get(i).shape();
      Shape one = Shape.of(shape.dim(1), shape.dim(2), shape.dim(3));
      float[] all = maps.get(i).toFloats();
      int length = Math.toIntExact(one.elements());
      int group = 0;
      for (Map.Entry<String, int[]> word : groups.entrySet()) {
        float[] map = new float[length];
        for (int p = 0; p < length; p++) {
          // The engine sums over a word's tokens.
          map[p] = all[group * length + p] / word.getValue().length;
        }
        outputs.put(layers.get(i).name() + ".map." + word.getKey(), one, map);
        group++;
      }
    }
  }

  private Map<String, int[]> wordTokens(Work work) {
    Map<String, int[]> result = new LinkedHashMap<>();
    String index = work.inputs().metadata().get("token_index");
    if (index != null && tokens.isEmpty() && words.isEmpty()) {
      return ofMetadata(work.inputs(), index);
    }
    tokens.forEach((word, list) -> result.put(word, numbers(word, list)));
    if (!words.isEmpty()) {
      String text = prompt != null ? prompt : work.inputs().metadata().get("prompt");
      if (text == null) {
        throw new InvalidInputException("--words needs --prompt to find them in");
      }
      ClipTokenizer tokenizer =
          ClipTokenizer.open(
              work.model().tokenizerDirectory(),
              work.model().textEncoderConfig().maxPositionEmbeddings());
      Prompt parsed = Prompt.of(tokenizer, text);
      words.forEach(word -> result.put(word, parsed.tokens(word)));
    }
    return result;
  }

  private static Map<String, int[]> ofMetadata(TensorInputs inputs, String json) {
    Map<String, int[]> result = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, JsonNode> word :
          JsonMapper.builder().build().readTree(json).properties()) {
        int[] indices = new int[word.getValue().size()];
        for (int i = 0; i < indices.length; i++) {
          indices[i] = word.getValue().get(i).asInt();
        }
        result.put(word.getKey(), indices);
      }
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          inputs.label("token_index") + " in the metadata is not JSON: " + e.getOriginalMessage(),
          e);
    }
    return result;
  }

  private static int[] numbers(String word, String list) {
    try {
      return Pattern.compile(",").splitAsStream(list).mapToInt(Integer::parseInt).toArray();
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "--tokens " + word + "=" + list + ", expected token indices such as 2 or 2,3", e);
    }
  }

  private static List<Tensor> texts(Work work, TensorScope scope, String name, long batch) {
    Shape shape = work.inputs().shape(name, 3);
    if (shape.dim(0) != batch) {
      throw new InvalidInputException(
          work.inputs().label(name)
              + " has the shape "
              + shape
              + ", expected "
              + batch
              + " items as in "
              + LATENTS);
    }
    return items(work, scope, name, batch);
  }

  private static List<Tensor> items(Work work, TensorScope scope, String name, long batch) {
    List<Tensor> items = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      items.add(scope.add(work.inputs().item(work.context(), name, i)));
    }
    return items;
  }
}
