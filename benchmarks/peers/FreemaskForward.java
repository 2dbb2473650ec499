import io.freemask.model.Callbacks;
import io.freemask.model.ModelDirectory;
import io.freemask.model.UNet;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import io.freemask.weights.SafetensorsWriter;
import io.freemask.weights.TensorData;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Times forward passes of freemask's UNet, one for each line {@code run}: the peer of
 * diffusers_forward.py, whose line protocol it speaks. A source file that java runs as it is:
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED -cp target/freemask.jar:$(cat target/runtime-classpath.txt) \
 *     benchmarks/peers/FreemaskForward.java MODEL_DIR INPUT.safetensors THREADS float32|bfloat16
 * </pre>
 */
public final class FreemaskForward {

  private FreemaskForward() {}

  public static void main(String[] args) throws Exception {
    DType dtype = args[3].equals("float32") ? DType.F32 : DType.BF16;
    try (Context context = Context.open(Device.CPU, Integer.parseInt(args[2]), 0);
        UNet unet = ModelDirectory.open(Path.of(args[0])).loadUNet(context, dtype);
        SafetensorsFile input = SafetensorsFile.open(Path.of(args[1]));
        Tensor sample = tensor(context, input, "sample");
        Tensor text = tensor(context, input, "encoder_hidden_states")) {
      long timestep = input.longs("timestep")[0];
      Tensor last = forward(unet, sample, text, timestep);
      System.out.println("ready freemask-" + dtype);
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals("run")) {
          last.close();
          long start = System.nanoTime();
          last = forward(unet, sample, text, timestep);
          System.out.printf(Locale.ROOT, "%.3f%n", (System.nanoTime() - start) / 1e6);
        } else if (line.startsWith("save ")) {
          SafetensorsWriter.write(
              Path.of(line.substring("save ".length())),
              Map.of("out", TensorData.floats(last.shape(), last.toFloats())),
              Map.of());
          System.out.println("saved");
        } else if (line.equals("quit")) {
          break;
        }
      }
      last.close();
    }
  }

  private static Tensor tensor(Context context, SafetensorsFile file, String name) {
    Shape shape = file.info(name).shape();
    return Tensor.of(context, shape, file.floats(name), DType.F32);
  }

  private static Tensor forward(UNet unet, Tensor sample, Tensor text, double timestep) {
    return unet.forward(List.of(sample), List.of(text), timestep, null, null, Callbacks.NONE)
        .noise()
        .getFirst();
  }
}
