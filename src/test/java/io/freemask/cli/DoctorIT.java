package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.tensor.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorIT {

  @TempDir private Path folder;

  @Test
  void tellsWhatIsThere() {
    CommandRun run = CommandRun.of("doctor");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out())
        .contains(
            "[ok]     Java: ",
            "libtorch: ",
            "native library: ",
            "attention: fused kernels for ",
            "CUDA: ",
            "video: ")
        .contains("built-in model: ", "compiled for libtorch", "C interface: 1.", "hash: ")
        .contains("freemask can run here.");
    assertThat(Context.liveHandles()).isZero();
  }

  @Test
  void printsJson() throws IOException {
    CommandRun run = CommandRun.of("doctor", "--json");
    assertThat(run.code()).isZero();
    JsonNode root = JsonMapper.builder().build().readTree(run.out());
    assertThat(root.get("ok").asBoolean()).isTrue();
    assertThat(root.get("findings")).hasSize(8);
    for (JsonNode finding : root.get("findings")) {
      assertThat(finding.get("state").asText()).isIn("ok", "warning");
      assertThat(finding.get("summary").asText()).isNotBlank();
    }
  }

  @Test
  void aFolderThatIsNoModelIsAFinding() {
    CommandRun run = CommandRun.of("doctor", "--model", folder.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("[error]  model: " + folder, "freemask cannot run here yet");
  }

  @Test
  void aMissingNativeLibraryIsSaidWithWhatToSet() throws IOException, InterruptedException {
    Map<String, String> nowhere =
        Map.of("freemask.library", folder.resolve("libfmk.so").toString());
    try (ChildProcess doctor = ChildProcess.start(folder, nowhere, "doctor")) {
      CommandRun run = doctor.await();
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out()).contains("[error]", "libfmk.so", "freemask.library", "->");
    }
    try (ChildProcess generate =
        ChildProcess.start(
            folder,
            nowhere,
            "generate",
            "a ball",
            "--output",
            folder.resolve("x.gif").toString())) {
      CommandRun run = generate.await();
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.errLines().getLast()).startsWith("freemask: ").contains("freemask.library");
    }
  }

  @Test
  void aMissingLibtorchIsSaidWithWhatToSet() throws IOException, InterruptedException {
    Map<String, String> nowhere = Map.of("freemask.libtorch", folder.toString());
    try (ChildProcess doctor = ChildProcess.start(folder, nowhere, "doctor")) {
      CommandRun run = doctor.await();
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out()).contains("[error]  libtorch: ", folder.toString(), "LIBTORCH");
    }
  }

  @Test
  void aLibraryOfAnotherKindIsRefused() throws IOException, InterruptedException {
    Path text = Files.writeString(folder.resolve("libfmk.so"), "no library");
    try (ChildProcess doctor =
        ChildProcess.start(folder, Map.of("freemask.library", text.toString()), "doctor")) {
      CommandRun run = doctor.await();
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out()).contains("[error]  native library: cannot load");
    }
  }

  @Test
  void theVersionNamesEveryPart() {
    CommandRun run = CommandRun.of("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            "freemask ", "C interface 1.", "libtorch 2.", "Java " + Runtime.version().feature());
  }
}
