package io.freemask;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputPathsTest {

  @TempDir private Path folder;

  @Test
  void theInputIsNeverReplaced() throws IOException {
    Path clip = Files.createFile(folder.resolve("clip.mp4"));
    OutputPaths paths = new OutputPaths(true);
    paths.protect(clip);
    assertThatThrownBy(() -> paths.check("output", folder.resolve("./clip.mp4")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is the input");
    assertThatCode(() -> paths.check("output", folder.resolve("other.mp4")))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesWhatExistsWhatHasNoFolderAndWhatIsNamedTwice() throws IOException {
    Path clip = Files.createFile(folder.resolve("clip.mp4"));
    OutputPaths paths = new OutputPaths(false);
    assertThatThrownBy(() -> paths.check("output", clip)).hasMessageContaining("--overwrite");
    assertThatThrownBy(() -> paths.check("output", folder.resolve("none/clip.mp4")))
        .hasMessageContaining("does not exist");
    paths.check("output", folder.resolve("new.mp4"));
    assertThatThrownBy(() -> paths.check("run record", folder.resolve("new.mp4")))
        .hasMessageContaining("another output");
  }

  @Test
  void aClipNeedsAKnownExtensionAndACheckpointMayExist() throws IOException {
    OutputPaths paths = new OutputPaths(false);
    assertThatThrownBy(() -> paths.checkClip("output", folder.resolve("clip.avi")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("avi");
    assertThatCode(() -> paths.checkClip("output", folder.resolve("clip.webm")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> paths.checkPage("report", folder.resolve("report.txt")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("report.txt': expected a name that ends with .html");
    assertThatCode(() -> paths.checkPage("report", folder.resolve("report.HTML")))
        .doesNotThrowAnyException();
    Path checkpoint = Files.createFile(folder.resolve("clip.checkpoint"));
    assertThatCode(() -> paths.checkPlace("checkpoint", checkpoint)).doesNotThrowAnyException();
    assertThatThrownBy(() -> paths.checkPlace("checkpoint", folder.resolve("clip.webm")))
        .hasMessageContaining("another output");
  }
}
