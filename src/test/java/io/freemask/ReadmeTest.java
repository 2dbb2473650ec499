package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README compiles, and the files that it links to exist. */
class ReadmeTest {

  private static final Path README = Path.of("README.md");

  @TempDir Path folder;

  @Test
  void theJavaExampleCompiles() throws IOException, InterruptedException {
    Matcher block =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
    assertThat(block.find()).as("a java block in the README").isTrue();
    List<String> lines = block.group(1).lines().toList();
    String imports =
        lines.stream().filter(l -> l.startsWith("import ")).collect(Collectors.joining("\n"));
    String body =
        lines.stream().filter(l -> !l.startsWith("import ")).collect(Collectors.joining("\n"));
    assertThat(body.lines().filter(l -> !l.isBlank())).hasSizeLessThanOrEqualTo(14);

    String source =
        imports + "\nclass Example {\n  static void run() throws Exception {\n" + body + "\n}\n}";
    Path file = Files.writeString(folder.resolve("Example.java"), source);
    Process javac =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-d",
                folder.toString(),
                "-classpath",
                Path.of("target/classes").toAbsolutePath().toString(),
                "-proc:none",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String messages = new String(javac.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(javac.waitFor()).as(messages).isZero();
  }

  @Test
  void linkedFilesExist() throws IOException {
    Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(Files.readString(README));
    while (link.find()) {
      assertThat(Path.of(link.group(1))).exists();
    }
  }
}
