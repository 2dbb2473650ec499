package io.freemask.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.EditRequest;
import io.freemask.EditResult;
import io.freemask.InvalidInputException;
import io.freemask.VideoEditor;
import io.freemask.edit.Preset;
import io.freemask.tensor.Context;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleBackendIT {

  private static EditRequest request() {
    FrameSize size = new FrameSize(64, 64);
    byte[] grey = new byte[3 * 64 * 64];
    return EditRequest.builder()
        .input(new Clip(size, FrameRate.of(8), List.of(grey, grey)))
        .source("a red square moving right")
        .target("a blue square moving right")
        .words("square=square")
        .preset(Preset.SHAPE)
        .steps(3)
        .build();
  }

  @Test
  void anEditRunsOnIt() {
    try (VideoEditor editor = VideoEditor.builder().backend("example").build()) {
      EditResult result = editor.edit(request());
      assertThat(editor.settings().backend()).isEqualTo("example");
      // Inversion and denoising by the same prediction undo each other.
      assertThat(result.figures().whole()).isGreaterThan(50);
    }
    assertThat(Context.liveHandles()).isZero();
  }

  @Test
  void onesThatRefuseOrDoNotExistAreErrors() {
    try (VideoEditor editor = VideoEditor.builder().backend("refusing").build()) {
      assertThatThrownBy(() -> editor.edit(request()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("abacus");
    }
    try (VideoEditor editor = VideoEditor.builder().backend("none").build()) {
      assertThatThrownBy(() -> editor.edit(request()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("there is no backend 'none'");
    }
  }
}
