package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.eval.AblationTable;
import io.freemask.eval.AblationText;
import io.freemask.eval.EditCase;
import io.freemask.eval.Measures;
import io.freemask.eval.Measures.Measure;
import io.freemask.eval.ShapeWorldEdit;
import io.freemask.eval.Variant;
import io.freemask.mmc.Codebook;
import io.freemask.report.html.AblationReport;
import io.freemask.tensor.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One shape and one style edit of the benchmark, in one step, by every variant. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class AblationIT {

  @TempDir private Path folder;

  private AblationRequest request(VideoEditor editor, List<EditCase> edits, int steps) {
    Codebook codebook = Codebook.read(editor.model().codebook().orElseThrow(), editor.model());
    return new AblationRequest(
        edits, codebook, folder.resolve("ablation.json"), List.of(), folder, steps, 7.5);
  }

  @Test
  void editsByEveryVariantAndGoesOn() throws IOException {
    EditCase shape = ShapeWorldEdit.quick().get(2);
    EditCase style = ShapeWorldEdit.quick().get(4);
    CancellationToken token = new CancellationToken();
    try (VideoEditor editor = VideoEditor.builder().threads(2).build()) {
      ProgressListener listener =
          progress -> {
            if (progress.phase() == Progress.Phase.ABLATION && progress.step() == 1) {
              token.cancel();
            }
          };
      AblationRequest both = request(editor, List.of(shape, style), 1);
      assertThatThrownBy(() -> editor.ablate(both, listener, token))
          .isInstanceOf(CancelledException.class);
      String kept = Files.readString(both.output());
      assertThat(kept).contains("shape-00").doesNotContain("style-00");

      AblationResult result = editor.ablate(both, ProgressListener.NONE, new CancellationToken());
      Map<Variant, Measures> shapes = result.table().edits().get(shape);
      for (Variant variant : Variant.values()) {
        assertThat(shapes.containsKey(variant)).isEqualTo(!variant.limitsStyle());
      }
      assertThat(shapes.get(Variant.TRUTH).values().get(Measure.MASK_IOU)).isGreaterThan(0.4);
      assertThat(shapes.get(Variant.NO_MASK).values()).doesNotContainKey(Measure.MASK_IOU);
      assertThat(shapes.get(Variant.MMC).values())
          .containsKeys(Measure.PSNR_IDEAL, Measure.PSNR_OUTSIDE, Measure.SUCCESS);
      assertThat(result.table().edits().get(style))
          .containsOnlyKeys(
              Variant.INVERSION_ONLY,
              Variant.NO_MASK,
              Variant.OBJECT_STYLE,
              Variant.MAP_THEN_BLEND,
              Variant.BLEND_THEN_MAP);

      List<AblationText.Table> tables = AblationText.tables(result.table());
      assertThat(tables.get(0).toMarkdown()).contains("| mask: MMC's choice |", "PSNR outside");
      assertThat(AblationReport.of(result.table(), Map.of("Steps", "1")).render())
          .contains("mask: ground truth");
      assertThat(folder.resolve("shape-00.html")).content().contains("mask: ground truth", "Ideal");

      Files.move(both.output(), folder.resolve("ablation.1-of-1.json"));
      AblationRequest gathering =
          new AblationRequest(
              List.of(style, shape),
              both.codebook(),
              both.output(),
              List.of(folder.resolve("ablation.1-of-1.json")),
              folder,
              1,
              7.5);
      assertThat(editor.ablate(gathering, ProgressListener.NONE, new CancellationToken()).table())
          .returns(result.table().edits(), AblationTable::edits);
      assertThat(both.output()).isRegularFile();

      AblationRequest other = request(editor, List.of(shape), 2);
      assertThatThrownBy(() -> editor.ablate(other, ProgressListener.NONE, new CancellationToken()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("it was made with steps 1, expected 2");
    }
    assertThat(Context.liveHandles()).isZero();
  }
}
