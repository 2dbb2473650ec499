package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class ConfigFileTest {

  @Command(name = "sample")
  private static final class Sample implements Runnable {
    @Option(names = "--steps")
    private int steps;

    @Option(names = "--source")
    private String source = "";

    @Option(names = "--words")
    private List<String> words = List.of();

    @Option(names = "--equalize")
    private Map<String, Double> equalize = Map.of();

    @Option(names = "--overwrite")
    private boolean overwrite;

    @Option(names = "--config")
    private String config = "";

    @Override
    public void run() {}
  }

  private final CommandLine command = new CommandLine(new Sample());

  @TempDir private Path folder;

  private List<String> arguments(String name, String text, String... given) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return ConfigFile.read(file).arguments(command.getCommandSpec(), Set.of(given));
  }

  @Test
  void yamlAndJsonGiveTheSameArguments() throws IOException {
    List<String> yaml =
        arguments(
            "a.yaml",
            """
            # a comment
            steps: 20
            source: "a car, on a road"
            words: [car=bus, "red wheel=blue wheel"]
            equalize: {bus: 2.0, snow: 0.5}
            overwrite: true
            """);
    List<String> json =
        arguments(
            "a.json",
            """
            {"steps": 20, "source": "a car, on a road", "words": ["car=bus", "red wheel=blue wheel"],
             "equalize": {"bus": 2.0, "snow": 0.5}, "overwrite": true}
            """);
    assertThat(yaml)
        .containsExactly(
            "--steps=20",
            "--source=a car, on a road",
            "--words=car=bus",
            "--words=red wheel=blue wheel",
            "--equalize=bus=2.0",
            "--equalize=snow=0.5",
            "--overwrite=true");
    assertThat(json).isEqualTo(yaml);
    Sample sample = new Sample();
    new CommandLine(sample).parseArgs(yaml.toArray(String[]::new));
    assertThat(sample.equalize).containsEntry("bus", 2.0).containsEntry("snow", 0.5);
    assertThat(sample.words).containsExactly("car=bus", "red wheel=blue wheel");
    assertThat(sample.steps).isEqualTo(20);
    assertThat(sample.overwrite).isTrue();
  }

  @Test
  void whatTheCommandLineHasIsLeftOut() throws IOException {
    assertThat(arguments("a.yaml", "steps: 20\nwords: [car=bus]\n", "words"))
        .containsExactly("--steps=20");
  }

  @Test
  void nullAndFalseAreNoErrors() throws IOException {
    assertThat(arguments("a.yaml", "steps:\noverwrite: false\n"))
        .containsExactly("--overwrite=false");
  }

  @Test
  void aSingleValueDoesForAListOption() throws IOException {
    assertThat(arguments("a.yaml", "words: car=bus\n")).containsExactly("--words=car=bus");
  }

  @Test
  void unknownKeysAreNamed() {
    assertThatThrownBy(() -> arguments("a.yaml", "setps: 20\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a.yaml")
        .hasMessageContaining("unknown key 'setps'")
        .hasMessageContaining("steps")
        .hasMessageNotContaining("config,");
    assertThatThrownBy(() -> arguments("b.yaml", "config: other.yaml\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'config'");
  }

  @Test
  void wrongKindsAreNamed() {
    assertThatThrownBy(() -> arguments("a.yaml", "steps: [1, 2]\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'steps' is a list, expected a single value");
    assertThatThrownBy(() -> arguments("b.yaml", "overwrite: maybe\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'overwrite' is 'maybe', expected true or false");
    assertThatThrownBy(() -> arguments("c.yaml", "words: [[a]]\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'words'");
    assertThatThrownBy(() -> arguments("d.yaml", "equalize: {bus: [1]}\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'equalize.bus'");
  }

  @Test
  void brokenFilesAreNamed() {
    assertThatThrownBy(() -> arguments("a.json", "{\"steps\": 20"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a.json: not valid JSON");
    assertThatThrownBy(() -> arguments("twice.json", "{\"steps\": 20, \"steps\": 30}"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("steps");
    assertThatThrownBy(() -> arguments("b.yaml", "steps: [1"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("b.yaml: not valid YAML");
    assertThatThrownBy(() -> arguments("c.yaml", "- steps\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("expected a mapping");
    assertThatThrownBy(() -> arguments("empty.yaml", ""))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("expected a mapping");
    assertThatThrownBy(() -> ConfigFile.read(folder.resolve("none.yaml")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("none.yaml: no such file");
  }
}
