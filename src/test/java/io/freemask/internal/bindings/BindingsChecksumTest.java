package io.freemask.internal.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The committed bindings belong to the committed header: every file is the one that {@code
 * bindings/CHECKSUMS} lists. The check itself is proved on a copy that is then spoiled.
 */
class BindingsChecksumTest {

  private static final Path PROJECT = Path.of(System.getProperty("basedir", ""));
  private static final String HEADER = "native/include/fmk/fmk.h";
  private static final String CHECKSUMS = "bindings/CHECKSUMS";
  private static final String JAVA = "bindings/java";
  private static final String FMK = JAVA + "/io/freemask/internal/bindings/Fmk.java";
  private static final String REMEDY = "; run bindings/generate.sh and commit what it writes";

  private static final Pattern CHECKSUM_LINE = Pattern.compile("([0-9a-f]{64})  (\\S+)");
  private static final Pattern FUNCTION =
      Pattern.compile("^FMK_API\\s[^;(]*?\\b(\\w+)\\(", Pattern.MULTILINE);

  @TempDir private Path copy;

  @BeforeEach
  void copyProject() throws IOException {
    List<Path> files = new ArrayList<>(List.of(PROJECT.resolve(HEADER)));
    try (Stream<Path> bindings = Files.walk(PROJECT.resolve("bindings"))) {
      bindings.filter(Files::isRegularFile).forEach(files::add);
    }
    for (Path file : files) {
      Path target = copy.resolve(PROJECT.relativize(file).toString());
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }

  @Test
  void bindingsBelongToTheHeader() throws IOException {
    assertThat(problems(PROJECT)).isEmpty();
  }

  @Test
  void everyFunctionOfTheHeaderIsBound() throws IOException {
    List<String> declared =
        FUNCTION
            .matcher(Files.readString(PROJECT.resolve(HEADER)))
            .results()
            .map(match -> match.group(1))
            .toList();
    List<String> bound =
        Arrays.stream(Fmk.class.getMethods())
            .map(Method::getName)
            .filter(name -> name.startsWith("fmk_") && !name.contains("$"))
            .toList();

    assertThat(declared).contains("fmk_abi_version").doesNotHaveDuplicates();
    assertThat(bound).as("functions of Fmk" + REMEDY).containsExactlyInAnyOrderElementsOf(declared);
  }

  @Test
  void namesAChangedHeader() throws IOException {
    Files.writeString(copy.resolve(HEADER), "\n", StandardOpenOption.APPEND);

    assertThat(problems(copy)).containsExactly(HEADER + " has changed" + REMEDY);
  }

  @Test
  void namesAnEditedBinding() throws IOException {
    Files.writeString(copy.resolve(FMK), "// by hand\n", StandardOpenOption.APPEND);

    assertThat(problems(copy)).containsExactly(FMK + " has changed" + REMEDY);
  }

  @Test
  void namesAMissingBinding() throws IOException {
    Files.delete(copy.resolve(FMK));

    assertThat(problems(copy)).containsExactly(FMK + " is missing" + REMEDY);
  }

  @Test
  void namesAFileThatIsNotListed() throws IOException {
    String added = JAVA + "/io/freemask/internal/bindings/Extra.java";
    Files.writeString(copy.resolve(added), "class Extra {}\n");

    assertThat(problems(copy)).containsExactly(added + " is not in " + CHECKSUMS + REMEDY);
  }

  @Test
  void namesAHeaderThatIsNotListed() throws IOException {
    Path checksums = copy.resolve(CHECKSUMS);
    List<String> lines =
        Files.readAllLines(checksums).stream().filter(line -> !line.endsWith(HEADER)).toList();
    Files.write(checksums, lines);

    assertThat(problems(copy)).containsExactly(HEADER + " is not in " + CHECKSUMS + REMEDY);
  }

  /** What differs between the files under a project's root and its list, one line for each file. */
  private static List<String> problems(Path root) throws IOException {
    Map<String, String> expected = readChecksums(root.resolve(CHECKSUMS));
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, String> entry : expected.entrySet()) {
      Path file = root.resolve(entry.getKey());
      if (!Files.isRegularFile(file)) {
        problems.add(entry.getKey() + " is missing" + REMEDY);
      } else if (!sha256(file).equals(entry.getValue())) {
        problems.add(entry.getKey() + " has changed" + REMEDY);
      }
    }
    for (String file : filesToList(root)) {
      if (!expected.containsKey(file)) {
        problems.add(file + " is not in " + CHECKSUMS + REMEDY);
      }
    }
    return problems;
  }

  private static Map<String, String> readChecksums(Path file) throws IOException {
    Map<String, String> sums = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      var matcher = CHECKSUM_LINE.matcher(line);
      assertThat(matcher.matches()).as("line of %s: %s", CHECKSUMS, line).isTrue();
      sums.put(matcher.group(2), matcher.group(1));
    }
    return sums;
  }

  private static List<String> filesToList(Path root) throws IOException {
    try (Stream<Path> generated = Files.walk(root.resolve(JAVA))) {
      return Stream.concat(
              Stream.of(HEADER),
              generated
                  .filter(Files::isRegularFile)
                  .map(file -> root.relativize(file).toString().replace('\\', '/'))
                  .sorted())
          .toList();
    }
  }

  private static String sha256(Path file) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
