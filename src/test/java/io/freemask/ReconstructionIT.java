package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.edit.Preset;
import io.freemask.eval.metric.Psnr;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Inversion and denoising on the same prompt, guidance 1, give the clip back: twelve rendered clips
 * (two of each background), 50 steps. The clips have an older renderer's bricks and stars, which
 * the built-in model was not trained on.
 */
class ReconstructionIT {

  private static final Path CLIPS = Path.of("src/test/resources/clips/shapeworld");
  private static final int STEPS = 50;
  private static final double LEAST_MEAN_DB = 40;
  private static final double MOST_LOSS_DB = 1.5;

  @Test
  void thereAndBackKeepsTheClip() throws IOException {
    JsonNode clips = JsonMapper.builder().build().readTree(CLIPS.resolve("clips.json").toFile());
    assertThat(clips).hasSize(12);
    double againstVae = 0;
    double loss = 0;
    try (VideoEditor editor = VideoEditor.builder().threads(2).build()) {
      for (JsonNode entry : clips) {
        String caption = entry.get("caption").asText();
        EditResult result =
            editor.edit(
                EditRequest.builder()
                    .input(clip(entry))
                    .source(caption)
                    .target(caption)
                    .preset(Preset.NONE)
                    .steps(STEPS)
                    .guidance(1)
                    .build());
        double back = result.figures().whole();
        double vae = result.figures().reconstruction();
        double both = Psnr.of(result.clip(), result.source());
        againstVae += back / clips.size();
        loss += (vae - both) / clips.size();
        report(
            String.format(
                Locale.ROOT,
                "%s: %.2f dB against the VAE's reconstruction; against the clip %.2f dB, the VAE %.2f",
                entry.get("name").asText(),
                back,
                both,
                vae));
      }
    }
    report(
        String.format(
            Locale.ROOT,
            "mean: %.2f dB against the VAE's reconstruction, %.2f dB under the VAE against the clip",
            againstVae,
            loss));
    assertThat(againstVae).isGreaterThanOrEqualTo(LEAST_MEAN_DB);
    assertThat(loss).isLessThanOrEqualTo(MOST_LOSS_DB);
  }

  private static void report(String line) {
    System.getLogger(ReconstructionIT.class.getName()).log(System.Logger.Level.INFO, line);
  }

  /** Reads a clip that is stored as one picture, its frames one below the other. */
  private static Clip clip(JsonNode entry) {
    Clip strip = FrameSource.open(CLIPS.resolve(entry.get("rgb").asText())).read();
    int frames = entry.get("frames").asInt();
    byte[] rgb = strip.frames().getFirst();
    int frameBytes = rgb.length / frames;
    List<byte[]> all = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      all.add(Arrays.copyOfRange(rgb, f * frameBytes, (f + 1) * frameBytes));
    }
    FrameSize size = new FrameSize(entry.get("width").asInt(), entry.get("height").asInt());
    return new Clip(size, FrameRate.of(8), all);
  }
}
