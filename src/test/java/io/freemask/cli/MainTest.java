package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  private static final String SOURCE = "a red circle moving right";
  private static final String TARGET = "a blue square moving right";

  @TempDir private Path folder;
  private String clip = "";

  @BeforeEach
  void writeClip() {
    clip = SmallClip.write(folder.resolve("clip"), 32, 4).toString();
  }

  /** A dry run of an edit needs no native library, and finds everything that is wrong. */
  private CommandRun dryRun(String... more) {
    String[] standard = {
      "edit", "--dry-run", "--input", clip, "--source", SOURCE, "--target", TARGET
    };
    return CommandRun.of(
        Stream.concat(Stream.of(standard), Stream.of(more)).toArray(String[]::new));
  }

  private static void assertRefused(CommandRun run, String... parts) {
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).contains(parts).doesNotContain("Exception", "\tat ");
    assertThat(run.out()).isEmpty();
  }

  private static void assertPlanned(CommandRun run, String... parts) {
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out().replaceAll("\\s+", " ")).contains(parts);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "edit",
        "generate",
        "demo",
        "doctor",
        "completion",
        "component",
        "component unet",
        "component text",
        "component vae-encode",
        "component vae-decode",
        "component ddim",
        "component edit"
      })
  void everyCommandHasHelpWithExamples(String command) {
    CommandRun run =
        CommandRun.of(Stream.of((command + " --help").strip().split(" ")).toArray(String[]::new));
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Usage: freemask " + command).containsPattern("Examples?:");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void noCommandAndUnknownCommandsAreRefused() {
    assertRefused(CommandRun.of(), "a command is missing", "edit", "generate", "doctor");
    assertRefused(CommandRun.of("explode"), "explode");
    assertRefused(CommandRun.of("component"), "a part is missing", "unet", "vae-decode");
    assertRefused(CommandRun.of("edit", "--explode"), "Unknown option", "--explode", "edit --help");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "BASH"})
  void completionScriptsKnowTheCommands(String shell) {
    CommandRun run = CommandRun.of("completion", shell);
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("complete -F", "freemask", "vae-encode", "--latent-blend");
  }

  @Test
  void completionOfAnotherShellIsRefused() {
    assertRefused(CommandRun.of("completion", "fish"), "fish", "bash, zsh");
  }

  @Test
  void aDryRunPrintsPlanAndMemory() {
    CommandRun run = dryRun("--words", "circle=square", "--steps", "10");
    assertPlanned(
        run,
        "frames: 4 ",
        "working size: 32x32 ",
        "memory estimate: ",
        "\"source\" : \"a red circle moving right\"",
        "\"steps\" : 10",
        "\"guidance\" : 7.5");
    assertThat(folder.resolve("clip")).isDirectory();
    assertThat(folder.toFile().list()).containsExactly("clip");
  }

  static Stream<Arguments> optionsAndWhatThePlanMakesOfThem() {
    return Stream.of(
        Arguments.of("--guidance 3", "\"guidance\" : 3.0"),
        Arguments.of("--source-cache 1G", "source cache: 49 of 49 fused steps"),
        Arguments.of("--source-cache 1K --source-cache-dir .", "source cache: 0 of 49"),
        Arguments.of("--source-cache 1K --source-cache-on-device", "source cache: 0 of 49"),
        Arguments.of("--inversion-iterations 8", "\"inversion_iterations\" : 8"),
        Arguments.of(
            "--cross 0.1:0.4", "\"cross\" : { \"mapper\" : \"replace\", \"window\" : [ 0.1, 0.4 ]"),
        Arguments.of("--self 0:1", "\"self\" : { \"mode\" : \"map\", \"window\" : [ 0.0, 1.0 ]"),
        Arguments.of(
            "--temporal 0:0.5", "\"temporal\" : { \"mode\" : \"qk\", \"window\" : [ 0.0, 0.5 ]"),
        Arguments.of("--temporal-mode map", "\"temporal\" : { \"mode\" : \"map\""),
        Arguments.of("--temporal-polarity edit-inside", "\"polarity\" : \"edit_inside\""),
        Arguments.of("--mapper refine", "\"mapper\" : \"refine\""),
        Arguments.of("--order blend-then-map", "\"order\" : \"blend-then-map\""),
        Arguments.of("--word-window blue=0:0.2", "\"word_windows\" : { \"blue\" : [ 0.0, 0.2 ] }"),
        Arguments.of("--equalize blue=2.5", "\"equalizer\" : { \"blue\" : 2.5 }"),
        Arguments.of(
            "--latent-blend 0.2:0.8",
            "\"latent_blend\" : { \"window\" : [ 0.2, 0.8 ], \"grow\" : 1 }"),
        Arguments.of("--mask-threshold 0.7", "\"threshold\" : 0.7"),
        Arguments.of("--mask-pool false", "\"pool\" : false"),
        Arguments.of("--mask-level 2x2", "\"level\" : [ 2, 2 ]"),
        Arguments.of("--mask-record 3", "\"record\" : 3"),
        Arguments.of("--mask-record aware", "\"record\" : \"aware\""),
        Arguments.of(
            "--mask-layers down_blocks.1.attentions.0.transformer_blocks.0.attn2",
            "\"layers\" : [ \"down_blocks.1.attentions.0.transformer_blocks.0.attn2\" ]"),
        Arguments.of(
            "--preset style", "\"temporal\" : { \"mode\" : \"map\", \"window\" : [ 0.0, 0.9 ]"),
        Arguments.of("--preset parity", "\"threshold\" : 0.4"),
        Arguments.of("--frames 1:4:2", "frames: 2 "),
        Arguments.of("--size 64x48", "working size: 64x48"),
        Arguments.of("--seed 5 --threads 1 --dtype bf16 --device cpu", "memory estimate: "),
        Arguments.of("--device cuda:1", "memory estimate: "));
  }

  @ParameterizedTest
  @MethodSource("optionsAndWhatThePlanMakesOfThem")
  void optionsReachThePlan(String options, String expected) {
    String[] words = ("--words circle=square " + options).split(" ");
    assertPlanned(dryRun(words), expected);
  }

  @Test
  void sectionsCanBeSwitchedOff() {
    CommandRun run =
        dryRun("--preset", "style", "--cross", "off", "--temporal", "off", "--latent-blend=off");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).doesNotContain("\"cross\"", "\"self\"", "\"temporal\"", "latent_blend");
  }

  @Test
  void severalObjectsAndPhrases() {
    assertPlanned(
        dryRun("--words", "red circle=blue square", "right"),
        "\"objects\" : [ [ \"red circle\" ], [ \"right\" ] ]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--steps x             | --steps | x",
        "--steps 0             | steps is 0 | at least 1",
        "--steps 1001          | steps is 1001 | 1 to",
        "--guidance NaN        | guidance is NaN | finite",
        "--inversion-iterations 0 | inversion iterations are 0 | at least 1",
        "--seed 1.5            | --seed | 1.5",
        "--frames 8            | --frames | START:END",
        "--size 64             | 64 | 512x320",
        "--size 60x60 --strict-size | 60x60 | multiples of",
        "--device tpu          | tpu | cuda",
        "--dtype int8          | int8 | bf16",
        "--threads -1          | threads is -1 | 0 or more",
        "--memory-limit much   | much | 8G",
        "--source-cache much   | much | 8G",
        "--source-cache-dir .  | --source-cache-dir | --source-cache,",
        "--source-cache-on-device | --source-cache-on-device | --source-cache,",
        "--source-cache 1G --source-cache-dir . --source-cache-on-device | both | one place",
        "--source-cache 1G --source-cache-dir nofolder | nofolder | not a folder",
        "--preset blur         | blur | style, attribute, shape, parity, none",
        "--mapper swap         | swap | replace, refine, none",
        "--order random        | random | map-then-blend",
        "--temporal-mode kv    | kv | map, qk",
        "--temporal-polarity x | x | source-inside, edit-inside",
        "--cross 0.5           | 0.5 | START:END",
        "--cross 0.8:0.2       | window is [0.8, 0.2] | expected",
        "--self 0:2            | window is [0.0, 2.0] | expected",
        "--word-window blue    | --word-window | blue",
        "--word-window moon=0:1 | moon | blue",
        "--equalize blue=x     | --equalize | x",
        "--equalize moon=2     | moon | blue",
        "--words bear=square   | bear | circle",
        "--words circle=bear   | bear | square",
        "--words a=b=c         | a=b=c | expected",
        "--mask-threshold 2    | threshold is 2.0 | 0 to 1",
        "--mask-pool maybe     | --mask-pool | maybe",
        "--mask-level 16       | 16 | HEIGHTxWIDTH",
        "--mask-level 5x7      | 5 | 7",
        "--mask-layers nowhere | nowhere | layer",
        "--mask-record later   | later | aware",
        "--mask-record 50      | 50 | 49",
        "--mask nofile.png     | nofile.png | no",
        "--model nodirectory   | nodirectory | no",
        "--output x.avi        | .avi | .mp4",
        "--config nofile.yaml  | nofile.yaml | no such file"
      })
  void badValuesAreNamed(String options, String first, String second) {
    String[] words = ("--words circle=square " + options).strip().split(" ");
    if (options.startsWith("--words")) {
      words = options.strip().split(" ");
    }
    assertRefused(dryRun(words), first, second);
  }

  @Test
  void anOptionThatIsGivenTwiceIsRefused() {
    assertRefused(dryRun("--steps", "3", "--steps", "4"), "--steps", "only once");
    assertRefused(dryRun("--input", "other.mp4"), "--input", "only once");
  }

  @Test
  void aMissingClipIsNamed() {
    assertRefused(
        CommandRun.of(
            "edit", "--dry-run", "--input", "nofile.mp4", "--source", SOURCE, "--target", TARGET),
        "nofile.mp4");
  }

  @Test
  void whatIsMissingIsNamed() {
    assertRefused(CommandRun.of("edit"), "--input is missing");
    assertRefused(
        CommandRun.of("edit", "--input", clip, "--source", SOURCE, "--target", TARGET),
        "--output is missing");
    assertRefused(
        CommandRun.of("edit", "--dry-run", "--input", clip, "--target", TARGET), "source is empty");
    assertRefused(
        CommandRun.of("edit", "--dry-run", "--input", clip, "--source", SOURCE), "target is empty");
    assertRefused(dryRun(), "words");
    assertRefused(CommandRun.of("generate", "--output", "x.mp4"), "prompt is missing");
    assertRefused(CommandRun.of("generate", "a ball"), "--output is missing");
    assertRefused(CommandRun.of("component", "unet"), "--out is missing");
    assertRefused(CommandRun.of("component", "unet", "--out", "x"), "--in is missing");
  }

  @Test
  void longPromptsAreRefusedUnlessTruncated() {
    String prompt = "a red circle" + " moving".repeat(100);
    String[] args = {
      "edit",
      "--dry-run",
      "--input",
      clip,
      "--source",
      prompt,
      "--target",
      TARGET,
      "--words",
      "circle=square"
    };
    assertRefused(CommandRun.of(args), "source", "105 tokens", "truncat");
    CommandRun truncated =
        CommandRun.of(
            Stream.concat(Stream.of(args), Stream.of("--truncate")).toArray(String[]::new));
    assertThat(truncated.code()).as(truncated.err()).isZero();
  }

  @Test
  void aChangedSizeIsSaidAndQuietDoesNotSayIt() {
    CommandRun run = dryRun("--words", "circle=square", "--size", "60x60");
    assertThat(run.err()).contains("note: ", "60x60").doesNotContain("Exception");
    CommandRun quiet = dryRun("--words", "circle=square", "--size", "60x60", "--quiet");
    assertThat(quiet.code()).isZero();
    assertThat(quiet.err()).isEmpty();
  }

  @Test
  void theMapperAndTheMaskLayersAreSaid() {
    assertThat(dryRun("--words", "circle=square").err()).contains("replace").contains("mask");
    assertThat(dryRun("--words", "circle", "--target", "a blue square").err()).isNotEmpty();
  }

  @Test
  void configFilesAreOptionsAndTheCommandLineWins() throws IOException {
    Path config = folder.resolve("edit.yaml");
    Files.writeString(
        config,
        """
        input: %s
        source: %s
        target: %s
        words: [circle=square]
        preset: attribute
        steps: 7
        guidance: 2.5
        equalize: {blue: 3.0}
        dry-run: true
        """
            .formatted(clip, SOURCE, TARGET));
    assertPlanned(
        CommandRun.of("edit", "--config", config.toString()),
        "\"steps\" : 7",
        "\"guidance\" : 2.5",
        "\"blue\" : 3.0");
    assertPlanned(
        CommandRun.of("edit", "--config", config.toString(), "--steps", "9"),
        "\"steps\" : 9",
        "\"guidance\" : 2.5");
    Files.writeString(config, "stepz: 7\n");
    assertRefused(
        CommandRun.of("edit", "--config", config.toString()),
        "edit.yaml: unknown key 'stepz'",
        "steps");
    Files.writeString(config, "steps: many\n");
    assertRefused(CommandRun.of("edit", "--config", config.toString()), "--steps", "many");
  }

  @Test
  void stackTracesComeOnRequestAlone() {
    CommandRun run = dryRun("--stacktrace", "--words", "bear=square");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("InvalidInputException", "\tat io.freemask");
  }

  @Test
  void libraryWarningsAreOneLine() {
    System.Logger logger = System.getLogger("io.freemask.test");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(bytes, true);
    try (LogNotes notes = LogNotes.begin(stream, false)) {
      logger.log(System.Logger.Level.WARNING, "{0} is odd", "x.mp4");
      logger.log(System.Logger.Level.INFO, "nobody needs this");
      notes.flush();
    }
    assertThat(bytes.toString()).isEqualTo("warning: x.mp4 is odd" + System.lineSeparator());
  }
}
