package io.freemask.edit;

import io.freemask.model.ModelDirectory;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The fixtures under golden/, and an engine on one of the models that they were made with. */
final class GoldenEdits implements AutoCloseable {

  private final Context context;
  private final UNet unet;
  private final TextEncoder textEncoder;
  private final EditEngine engine;

  private GoldenEdits(Context context, UNet unet, TextEncoder textEncoder, EditEngine engine) {
    this.context = context;
    this.unet = unet;
    this.textEncoder = textEncoder;
    this.engine = engine;
  }

  static GoldenEdits open(ModelDirectory model) {
    return open(model, 0);
  }

  static GoldenEdits open(ModelDirectory model, long memoryLimitBytes) {
    Context context = Context.open(Device.CPU, 2, memoryLimitBytes);
    UNet unet = model.loadUNet(context, DType.F32);
    TextEncoder textEncoder = model.loadTextEncoder(context, DType.F32);
    ClipTokenizer tokenizer =
        ClipTokenizer.open(
            model.tokenizerDirectory(), model.textEncoderConfig().maxPositionEmbeddings());
    return new GoldenEdits(
        context,
        unet,
        textEncoder,
        new EditEngine(context, unet, textEncoder, tokenizer, model.schedulerConfig(), false));
  }

  static ModelDirectory tinyModel() {
    return ModelDirectory.open(resource("/golden/tiny-model"));
  }

  /** Returns the folders of a folder of cases; fails if there is none. */
  static List<Path> cases(String folder) {
    try (Stream<Path> entries = Files.list(resource(folder))) {
      List<Path> cases = entries.filter(Files::isDirectory).sorted().toList();
      if (cases.isEmpty()) {
        throw new IllegalStateException(folder + " has no cases");
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(GoldenEdits.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  Context context() {
    return context;
  }

  UNet unet() {
    return unet;
  }

  EditEngine engine() {
    return engine;
  }

  static EditPlan plan(Path folder) {
    try {
      return EditPlan.parse(Files.readString(folder.resolve("plan.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Tensor tensor(SafetensorsFile file, String name) {
    return Tensor.of(context, file.info(name).shape(), file.floats(name), DType.F32);
  }

  EditEngine.Result run(Path folder, EditPlan plan, EditListener listener) {
    try (SafetensorsFile in = SafetensorsFile.open(folder.resolve("in.safetensors"));
        Tensor latents = tensor(in, "latents")) {
      return engine.run(plan, latents, GivenMasks.read(in), listener);
    }
  }

  @Override
  public void close() {
    textEncoder.close();
    unet.close();
    context.close();
  }
}
