package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VideoFormatTest {

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "out.mp4, MP4",
    "a.b/OUT.MP4, MP4",
    "out.webm, WEBM",
    "out.gif, GIF",
    "frames, PNG_FOLDER",
    "a.b/frames, PNG_FOLDER",
    ".hidden, PNG_FOLDER",
    "frames.v2/, PNG_FOLDER",
  })
  void nameTellsTheFormat(String name, VideoFormat format) {
    assertThat(VideoFormat.of(name)).isEqualTo(format);
  }

  @Test
  void existingFolderIsAFolder() throws IOException {
    assertThat(VideoFormat.of(Files.createDirectory(directory.resolve("run.1"))))
        .isEqualTo(VideoFormat.PNG_FOLDER);
  }

  @Test
  void otherExtensionsAreRefused() {
    assertThatThrownBy(() -> VideoFormat.of(Path.of("out.avi")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'.avi'")
        .hasMessageContaining(".mp4, .webm, .gif");
  }
}
