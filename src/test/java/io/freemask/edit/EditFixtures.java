package io.freemask.edit;

import io.freemask.model.AttentionLayer;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.prompt.Prompt;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A tokenizer and a layout of layers for tests that need no model. */
final class EditFixtures {

  private static final ClipTokenizer TOKENIZER = open();

  private EditFixtures() {}

  /** Cross layers at level 0 (2 heads), level 1 (4 heads, twice) and level 2 (4 heads). */
  static List<AttentionLayer> layers() {
    return List.of(
        new AttentionLayer("transformer_in.attn1", AttentionLayer.Kind.TEMPORAL, 0, 8, 8, false),
        new AttentionLayer("down_blocks.0.a.attn1", AttentionLayer.Kind.SELF, 0, 2, 8, true),
        new AttentionLayer("down_blocks.0.a.attn2", AttentionLayer.Kind.CROSS, 0, 2, 8, true),
        new AttentionLayer("down_blocks.0.t.attn1", AttentionLayer.Kind.TEMPORAL, 0, 2, 8, true),
        new AttentionLayer("down_blocks.1.a.attn1", AttentionLayer.Kind.SELF, 1, 4, 8, true),
        new AttentionLayer("down_blocks.1.a.attn2", AttentionLayer.Kind.CROSS, 1, 4, 8, true),
        new AttentionLayer("down_blocks.1.t.attn1", AttentionLayer.Kind.TEMPORAL, 1, 4, 8, true),
        new AttentionLayer("mid_block.a.attn2", AttentionLayer.Kind.CROSS, 2, 4, 8, true),
        new AttentionLayer("up_blocks.0.a.attn2", AttentionLayer.Kind.CROSS, 1, 4, 8, true));
  }

  static LayerGrid grid(int frames, int height, int width) {
    return new LayerGrid(layers(), frames, height, width);
  }

  static Prompt prompt(String text) {
    return Prompt.of(TOKENIZER, text);
  }

  private static ClipTokenizer open() {
    try {
      return ClipTokenizer.open(
          Path.of(
              Objects.requireNonNull(EditFixtures.class.getResource("/golden/tiny-model/tokenizer"))
                  .toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
