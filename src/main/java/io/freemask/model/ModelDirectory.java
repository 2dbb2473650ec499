package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import io.freemask.scheduler.SchedulerConfig;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.weights.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A text-to-video checkpoint in the layout of a {@code TextToVideoSDPipeline} of diffusers: the
 * folders unet, vae, text_encoder, tokenizer and scheduler.
 *
 * <p>Opening reads the configurations and compares them with each other; weights are looked for
 * when a model is loaded.
 */
public final class ModelDirectory {

  /** Name of the file that says which masks of the model match best, if it is there. */
  public static final String CODEBOOK = "codebook.json";

  private static final String UNET = "unet";
  private static final String VAE = "vae";
  private static final String TEXT_ENCODER = "text_encoder";
  private static final String TOKENIZER = "tokenizer";
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER_CONFIG = "scheduler/scheduler_config.json";

  private static final List<String> REQUIRED =
      List.of(
          UNET + "/" + CONFIG,
          VAE + "/" + CONFIG,
          TEXT_ENCODER + "/" + CONFIG,
          SCHEDULER_CONFIG,
          TOKENIZER + "/vocab.json",
          TOKENIZER + "/merges.txt");

  private static final List<String> OPTIONAL =
      List.of(TOKENIZER + "/tokenizer_config.json", TOKENIZER + "/special_tokens_map.json");

  private final Path path;
  private final String name;
  private final UNetConfig unetConfig;
  private final VaeConfig vaeConfig;
  private final TextEncoderConfig textEncoderConfig;
  private final SchedulerConfig schedulerConfig;

  private ModelDirectory(Path path, String name) {
    this.path = path;
    this.name = name;
    unetConfig = UNetConfig.read(path.resolve(UNET).resolve(CONFIG));
    vaeConfig = VaeConfig.read(path.resolve(VAE).resolve(CONFIG));
    textEncoderConfig = TextEncoderConfig.read(path.resolve(TEXT_ENCODER).resolve(CONFIG));
    schedulerConfig = SchedulerConfig.read(path.resolve(SCHEDULER_CONFIG));
  }

  /**
   * Opens a model directory.
   *
   * @throws InvalidInputException when parts are missing, a configuration is wrong or not
   *     supported, or the configurations contradict each other
   */
  public static ModelDirectory open(Path path) {
    if (!Files.isDirectory(path)) {
      throw new InvalidInputException(path + ": no such directory, expected a model directory");
    }
    List<String> missing =
        REQUIRED.stream().filter(file -> !Files.isRegularFile(path.resolve(file))).toList();
    if (!missing.isEmpty()) {
      throw new InvalidInputException(
          path
              + ": not a complete model directory in diffusers' layout, missing "
              + String.join(", ", missing));
    }
    Path fileName = path.toAbsolutePath().normalize().getFileName();
    ModelDirectory directory =
        new ModelDirectory(path, fileName == null ? path.toString() : fileName.toString());
    directory.checkAgreement();
    return directory;
  }

  /**
   * Opens the model that the jar carries, extracted to the user's cache if that was not done yet.
   *
   * @throws InvalidInputException when it cannot be extracted
   */
  public static ModelDirectory builtIn() {
    return new ModelDirectory(BuiltInModel.extract(CacheDirectory.ofUser()), BuiltInModel.NAME);
  }

  private void checkAgreement() {
    requireEqual(
        "unet/config.json: cross_attention_dim",
        unetConfig.crossAttentionDim(),
        "text_encoder/config.json: hidden_size",
        textEncoderConfig.hiddenSize());
    requireEqual(
        "unet/config.json: in_channels",
        unetConfig.inChannels(),
        "vae/config.json: latent_channels",
        vaeConfig.latentChannels());
    requireEqual(
        "unet/config.json: out_channels",
        unetConfig.outChannels(),
        "vae/config.json: latent_channels",
        vaeConfig.latentChannels());
  }

  private void requireEqual(String field, int value, String otherField, int other) {
    if (value != other) {
      throw new InvalidInputException(
          path + "/" + field + " is " + value + ", expected " + other + " as in " + otherField);
    }
  }

  /** Returns the directory. */
  public Path path() {
    return path;
  }

  /** Returns the directory's name, or {@code shapeworld} for the built-in model. */
  public String name() {
    return name;
  }

  /** Returns the configuration of the UNet. */
  public UNetConfig unetConfig() {
    return unetConfig;
  }

  /** Returns the configuration of the VAE. */
  public VaeConfig vaeConfig() {
    return vaeConfig;
  }

  /** Returns the configuration of the text encoder. */
  public TextEncoderConfig textEncoderConfig() {
    return textEncoderConfig;
  }

  /** Returns the configuration of the scheduler. */
  public SchedulerConfig schedulerConfig() {
    return schedulerConfig;
  }

  /** Returns the folder of the tokenizer's files. */
  public Path tokenizerDirectory() {
    return path.resolve(TOKENIZER);
  }

  /** Returns the model's own codebook, if it has one. */
  public Optional<Path> codebook() {
    return Optional.of(path.resolve(CODEBOOK)).filter(Files::isRegularFile);
  }

  /** Returns how many parameters the models have; needs no weights. */
  public ParameterCounts parameterCounts() {
    return new ParameterCounts(
        elements(UNetLayout.parameters(unetConfig)),
        elements(VaeLayout.parameters(vaeConfig)),
        elements(TextEncoderLayout.parameters(textEncoderConfig)));
  }

  private static long elements(Map<String, Shape> parameters) {
    return parameters.values().stream().mapToLong(Shape::elements).sum();
  }

  /**
   * Returns the SHA-256 over the configurations, the tokenizer and the weights, in hexadecimal:
   * equal for directories that give equal results.
   *
   * @throws InvalidInputException when weights are missing or a file cannot be read
   */
  public String hash() {
    List<Path> files = new ArrayList<>();
    REQUIRED.forEach(file -> files.add(path.resolve(file)));
    for (String file : OPTIONAL) {
      if (Files.isRegularFile(path.resolve(file))) {
        files.add(path.resolve(file));
      }
    }
    try (Checkpoint unet = WeightLoading.diffusers(path.resolve(UNET));
        Checkpoint vae = WeightLoading.diffusers(path.resolve(VAE));
        Checkpoint text = WeightLoading.transformers(path.resolve(TEXT_ENCODER))) {
      List.of(unet, vae, text).forEach(checkpoint -> files.addAll(checkpoint.files()));
    }
    FileHashes hashes = new FileHashes(CacheDirectory.ofUser());
    MessageDigest digest = CacheDirectory.newSha256();
    for (Path file : files) {
      String line = hashes.sha256(file) + "  " + path.relativize(file) + "\n";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Loads the UNet.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when weights are missing or damaged, or do not fit the
   *     configuration
   */
  public UNet loadUNet(Context context, DType dtype) {
    return LibtorchUNet.load(path.resolve(UNET), unetConfig, context, dtype);
  }

  /**
   * Loads the VAE.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when weights are missing or damaged, or do not fit the
   *     configuration
   */
  public Vae loadVae(Context context, DType dtype) {
    return LibtorchVae.load(path.resolve(VAE), vaeConfig, context, dtype);
  }

  /**
   * Loads the text encoder.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when weights are missing or damaged, or do not fit the
   *     configuration
   */
  public TextEncoder loadTextEncoder(Context context, DType dtype) {
    return LibtorchTextEncoder.load(path.resolve(TEXT_ENCODER), textEncoderConfig, context, dtype);
  }

  @Override
  public String toString() {
    return "ModelDirectory[" + path + "]";
  }
}
