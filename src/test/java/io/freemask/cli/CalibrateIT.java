package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.CalibrationRequest;
import io.freemask.CancellationToken;
import io.freemask.CancelledException;
import io.freemask.ProgressListener;
import io.freemask.VideoEditor;
import io.freemask.dataset.Dataset;
import io.freemask.dataset.LabeledClip;
import io.freemask.mmc.Codebook;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calibrations of the built-in model on small clips. */
class CalibrateIT {

  private static final FrameSize SIZE = new FrameSize(64, 64);
  private static final int FRAMES = 2;

  @TempDir private Path folder;
  private Path data;
  private Path out;

  /** Writes three scenes as a folder with a manifest. */
  @BeforeEach
  void writeDataset() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    out = folder.resolve("codebook.json");
    Dataset scenes = Dataset.parse("shapeworld:3:7", FRAMES, SIZE);
    List<String> clips = new ArrayList<>();
    for (int i = 0; i < scenes.size(); i++) {
      LabeledClip clip = scenes.load(i);
      FrameSink.write(data.resolve(clip.name()), clip.clip(), false);
      FrameSink.write(data.resolve(clip.name() + "-masks"), pictures(clip), false);
      clips.add(entry(clip));
    }
    Files.writeString(
        data.resolve("manifest.json"), "{\"clips\": [" + String.join(",\n", clips) + "]}");
  }

  private static String entry(LabeledClip clip) {
    return "{\"name\": \"NAME\", \"frames\": \"NAME\", \"masks\": \"NAME-masks\", "
            .replace("NAME", clip.name())
        + "\"prompt\": \"%s\", \"words\": [\"%s\"]}"
            .formatted(clip.prompt(), String.join("\", \"", clip.objects().get(0)));
  }

  private static Clip pictures(LabeledClip clip) {
    float[] values = clip.mask().values();
    int pixels = (int) clip.clip().size().pixels();
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < clip.clip().frameCount(); f++) {
      byte[] frame = new byte[3 * pixels];
      for (int i = 0; i < frame.length; i++) {
        frame[i] = (byte) (values[f * pixels + i / 3] * 255);
      }
      frames.add(frame);
    }
    return new Clip(clip.clip().size(), FrameRate.of(8), frames);
  }

  private CommandRun calibrate(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("calibrate", "--dataset", data.toString(), "--out", out.toString()));
    arguments.addAll(List.of("--steps", "2", "--frames", "2", "--threads", "1"));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private Path work() {
    return folder.resolve("codebook.json.work");
  }

  @Test
  void measuresAFolderAndWritesACodebook() {
    CommandRun run = calibrate();
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("clips: 3", "best layer: ", "best timestep: ", "wrote " + out);
    assertThat(run.errLines().stream().filter(line -> line.matches("[a-z]+: \\d+/\\d+.*")))
        .extracting(line -> line.replaceFirst(",.*", ""))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(0, 6).mapToObj(i -> "calibration: " + i + "/6").toList());
    Codebook codebook = Codebook.read(out);
    assertThat(codebook.videos())
        .extracting(Codebook.Video::name)
        .hasSize(3)
        .doesNotHaveDuplicates();
    assertThat(codebook.timesteps()).containsExactly(1, 501);
    assertThat(codebook.layers()).hasSize(11);
    assertThat(codebook.levels()).containsExactly(0, 1, 2);
    assertThat(codebook.datasetHash()).isEqualTo(Dataset.parse(data.toString(), 2, null).hash());
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("data", "codebook.json");

    CommandRun again = calibrate();
    assertThat(again.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(again.err()).contains("--overwrite");
  }

  @Test
  void renderedScenesGiveTheSameAsTheirFiles() {
    assertThat(calibrate().code()).isZero();
    Path rendered = folder.resolve("rendered.json");
    CommandRun run =
        CommandRun.of(
            "calibrate",
            "--dataset",
            "shapeworld:3:7",
            "--out",
            rendered.toString(),
            "--steps",
            "2",
            "--frames",
            "2",
            "--size",
            "64x64",
            "--threads",
            "1");
    assertThat(run.code()).as(run.err()).isZero();
    Codebook codebook = Codebook.read(rendered);
    assertThat(codebook.datasetSpec()).isEqualTo("shapeworld:3:7");
    assertThat(codebook.videos()).isEqualTo(Codebook.read(out).videos());
    assertThat(codebook.sweep()).isEqualTo(Codebook.read(out).sweep());
  }

  @Test
  void aKilledCalibrationGoesOnAndGivesTheSame() throws IOException {
    assertThat(calibrate().code()).isZero();
    String straight = Files.readString(out);
    Files.delete(out);
    // The third clip fails: the first two stay.
    Path mask = data.resolve("scene-2-masks").resolve("00001.png");
    byte[] kept = Files.readAllBytes(mask);
    Files.delete(mask);
    CommandRun failed = calibrate();
    assertThat(failed.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(failed.err()).contains("clip 'scene-2' has 2 frames and 1 masks");
    assertThat(out).doesNotExist();
    assertThat(work()).exists();
    Files.write(mask, kept);

    CommandRun pooled = calibrate("--pool");
    assertThat(pooled.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(pooled.err())
        .contains("codebook.json.work", "made with pool false, expected true", "remove the file");
    assertThat(work()).exists();

    CommandRun resumed = calibrate();
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("went on after 2 clips");
    assertThat(Files.readString(out)).isEqualTo(straight);
    assertThat(work()).doesNotExist();
  }

  @Test
  void aClipThatHasChangedSinceIsRefused() throws IOException {
    Path manifest = data.resolve("manifest.json");
    String good = Files.readString(manifest);
    Files.writeString(manifest, good.replace("scene-2-masks", "nowhere"));
    assertThat(calibrate().code()).isEqualTo(ExitCode.BAD_INPUT);
    Files.copy(
        data.resolve("scene-2").resolve("00000.png"),
        data.resolve("scene-0").resolve("00000.png"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(manifest, good);
    CommandRun run = calibrate();
    assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("clip 'scene-0' has changed");
    Files.writeString(work(), "{");
    CommandRun broken = calibrate();
    assertThat(broken.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(broken.err()).contains("codebook.json.work", "not valid JSON");
  }

  /** Each row of bad input: one line, exit code 2, the finished clip's result kept. */
  @Test
  void badInputIsNamedAndWhatIsFinishedIsKept() throws IOException {
    Path manifest = data.resolve("manifest.json");
    String good = Files.readString(manifest);
    Path masks = data.resolve("scene-1-masks");
    Path frame = data.resolve("scene-1").resolve("00001.png");

    Files.writeString(manifest, good.replace("\"scene-1-masks\"", "\"none\""));
    assertRefused("clip 'scene-1' has no mask", "none");

    Files.writeString(manifest, good.replace("\"scene-1-masks\"", "\"empty\""));
    FrameSink.write(data.resolve("empty"), blank(SIZE), false);
    assertRefused("clip 'scene-1': the mask is empty");

    Files.writeString(manifest, good.replace("\"scene-1-masks\"", "\"small\""));
    FrameSink.write(data.resolve("small"), blank(new FrameSize(32, 64)), false);
    assertRefused("clip 'scene-1': the mask is [2,64,32]", "[2,64,64]");

    Files.writeString(
        manifest, good.replaceFirst("(scene-1-masks.*\"words\": \\[\")[a-z]+", "$1zebra"));
    assertRefused("clip 'scene-1': 'zebra' is not in the prompt");

    Files.writeString(manifest, good);
    byte[] picture = Files.readAllBytes(frame);
    Files.write(frame, Arrays.copyOf(picture, picture.length / 3));
    assertRefused("clip 'scene-1'", "00001.png");
    Files.write(frame, picture);

    CommandRun fixed = calibrate();
    assertThat(fixed.code()).as(fixed.err()).isZero();
    assertThat(fixed.err()).contains("went on after 1 clips");
    assertThat(masks).exists();
  }

  private void assertRefused(String... parts) {
    CommandRun run = calibrate("--quiet");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err().strip().lines()).hasSize(1);
    assertThat(run.err()).contains(parts);
    assertThat(out).doesNotExist();
    assertThat(work()).exists();
  }

  private static Clip blank(FrameSize size) {
    byte[] frame = new byte[(int) size.pixels() * 3];
    return new Clip(size, FrameRate.of(8), List.of(frame, frame));
  }

  @Test
  void clipsOfSeveralSizesNeedOneSize() throws IOException {
    LabeledClip wide = Dataset.parse("shapeworld:1:8", FRAMES, new FrameSize(96, 64)).load(0);
    FrameSink.write(data.resolve("wide"), wide.clip(), false);
    FrameSink.write(data.resolve("wide-masks"), pictures(wide), false);
    Path manifest = data.resolve("manifest.json");
    String good = Files.readString(manifest);
    Files.writeString(
        manifest, good.replace("]}]}", "]}, " + entry(wide).replace("scene-0", "wide") + "]}"));
    CommandRun run = calibrate();
    assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("clip 'wide' is worked on at 96x64, expected 64x64", "--size");
    Files.delete(work());
    CommandRun sized = calibrate("--size", "64x48");
    assertThat(sized.code()).as(sized.err()).isZero();
    assertThat(Codebook.read(out).layers().get(0).height()).isEqualTo(6);
  }

  @Test
  void cancellingEndsItAndKeepsWhatIsFinished() {
    CancellationToken token = new CancellationToken();
    CalibrationRequest request =
        CalibrationRequest.builder(Dataset.parse(data.toString(), FRAMES, null))
            .output(out)
            .steps(2)
            .build();
    try (VideoEditor editor = VideoEditor.openBuiltIn()) {
      ProgressListener listener =
          progress -> {
            if (progress.step() == 3) {
              token.cancel();
            }
          };
      assertThatThrownBy(() -> editor.calibrate(request, listener, token))
          .isInstanceOf(CancelledException.class);
    }
    assertThat(out).doesNotExist();
    CommandRun resumed = calibrate();
    assertThat(resumed.code()).isZero();
    assertThat(resumed.err()).contains("went on after 1 clips");
  }
}
