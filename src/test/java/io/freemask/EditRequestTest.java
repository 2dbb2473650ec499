package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.edit.LayerGrid;
import io.freemask.edit.MaskRule;
import io.freemask.edit.Preset;
import io.freemask.video.FrameRange;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EditRequestTest {

  private static EditRequest.Builder minimal() {
    return EditRequest.builder().input(Path.of("in.mp4")).source("a car").target("a bus");
  }

  @Test
  void defaults() {
    EditRequest request = minimal().build();
    assertThat(request.preset()).isEqualTo(Preset.SHAPE);
    assertThat(request.steps()).isEqualTo(50);
    assertThat(request.guidance()).isEqualTo(7.5);
    assertThat(request.frames()).isEqualTo(FrameRange.ALL);
    assertThat(request.masks()).isEqualTo(MaskOptions.STANDARD);
    assertThat(request.output()).isNull();
    assertThat(request.overwrite() || request.truncate() || request.strictSize()).isFalse();
  }

  @Test
  void aBuilderOfARequestMakesTheSameRequest() {
    EditRequest request =
        minimal()
            .words("car=bus")
            .equalizer("bus", 2)
            .masks(MaskOptions.STANDARD.withThreshold(0.5))
            .overwrite(true)
            .build();
    assertThat(request.toBuilder().build()).isEqualTo(request);
    assertThat(request.toBuilder().input(TestClips.square(1, 8, 8)).build().input()).isNull();
  }

  @Test
  void namesWhatIsMissingOrOutOfRange() {
    assertThatThrownBy(() -> EditRequest.builder().source("a").target("b").build())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no input");
    refuses(minimal().source(" "), "source is empty");
    refuses(minimal().target(""), "target is empty");
    refuses(minimal().steps(0), "steps is 0");
    refuses(minimal().guidance(Double.NaN), "guidance is NaN");
  }

  private static void refuses(EditRequest.Builder builder, String message) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void maskOptionsExcludeEachOther() {
    MaskOptions options = MaskOptions.STANDARD.withLevel(new LayerGrid.Size(8, 8));
    assertThat(options.layers()).isEqualTo(new MaskRule.Layers.Level(8, 8));
    assertThat(options.withLayers(List.of("mid_block")).layers())
        .isEqualTo(new MaskRule.Layers.Named(List.of("mid_block")));
    assertThat(options.withTiming(new MaskRule.Timing.Fixed(3)).layers()).isNotNull();
    MaskOptions subtracting = MaskOptions.STANDARD.withSubtract(List.of("road"));
    assertThatThrownBy(() -> subtracting.withFile(Path.of("mask.png")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("[road]");
    assertThatThrownBy(() -> MaskOptions.STANDARD.withThreshold(1.5))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("1.5");
  }

  @Test
  void aGenerationNamesWhatIsOutOfRange() {
    assertThatThrownBy(() -> GenerateRequest.builder(" ").build())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("prompt is empty");
    assertThatThrownBy(() -> GenerateRequest.builder("a car").frames(0).build())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("frames is 0");
    assertThatThrownBy(() -> GenerateRequest.builder("a car").steps(-1).build())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("steps is -1");
  }
}
