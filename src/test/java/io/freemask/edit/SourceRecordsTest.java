package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.tensor.DType;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ten steps, self attention fused in the first three and cross attention in the first six. */
class SourceRecordsTest {

  private static final int FRAMES = 2;
  private static final int TOKENS = 77;

  /**
   * Queries of four cross layers, at 8x8 of 16 channels, at 4x4 twice and at 2x2 once of 32; keys
   * of 77 tokens, in multiples of 256 bytes.
   */
  private static final long CROSS =
      4 * FRAMES * (64 * 16 + 2 * 16 * 32 + 4 * 32) + 20 * 256 + 3 * 39 * 256;

  /** Those of the self layers at 8x8 and 4x4. */
  private static final long SELF = 4 * 2 * FRAMES * (64 * 16 + 16 * 32);

  private static ResolvedPlan plan(String sections) {
    EditPlan plan =
        EditPlan.parse(
            "{\"source\": \"a bear is walking\", \"target\": \"a tiger is walking\", \"steps\": 10,"
                + " \"guidance\": 7.5"
                + sections
                + "}");
    return ResolvedPlan.of(
        plan,
        EditFixtures.prompt(plan.source()),
        EditFixtures.prompt(plan.target()),
        EditFixtures.grid(FRAMES, 8, 8),
        GivenMasks.NONE,
        1000);
  }

  private static final String BOTH =
      ", \"cross\": {\"mapper\": \"none\", \"window\": [0, 0.6]}, \"self\": {\"window\": [0, 0.3]}";

  private static SourceRecords choose(long budget, int firstRecord) {
    return SourceRecords.choose(plan(BOTH), DType.F32, budget, firstRecord);
  }

  @Test
  void allThatIsFusedIfThereIsRoom() {
    long all = 6 * CROSS + 3 * SELF;
    assertThat(choose(all, 0))
        .isEqualTo(new SourceRecords(Set.of(0, 1, 2, 3, 4, 5), new SourceCacheUse(6, 6, all)));
    assertThat(choose(all - 1, 0).use().steps()).isEqualTo(5);
  }

  @Test
  void smallRecordsFirst() {
    assertThat(choose(2 * CROSS, 0).steps()).containsExactlyInAnyOrder(3, 4);
    assertThat(choose(4 * CROSS + SELF, 0).use())
        .isEqualTo(new SourceCacheUse(4, 6, 4 * CROSS + SELF));
    assertThat(choose(CROSS - 1, 0).use()).isEqualTo(SourceCacheUse.none(6));
    assertThat(choose(0, 0).steps()).isEmpty();
  }

  @Test
  void recordsThatWereInvertedBeforeCannotBeKept() {
    // Step 5 needs record 4, step 0 record 9.
    assertThat(choose(Long.MAX_VALUE, 7).steps()).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(choose(Long.MAX_VALUE, 10).use()).isEqualTo(SourceCacheUse.none(6));
  }

  @Test
  void layersBeyondTheLimitAreNotKept() {
    long limited =
        SourceRecords.choose(
                plan(", \"self\": {\"window\": [0, 0.1], \"max_tokens\": 16}"),
                DType.F16,
                Long.MAX_VALUE,
                0)
            .use()
            .bytes();
    assertThat(limited).isEqualTo(2 * 2 * FRAMES * 16 * 32);
    assertThat(
            SourceRecords.choose(
                    plan(", \"self\": {\"window\": [0, 1], \"max_tokens\": 3}"),
                    DType.F32,
                    Long.MAX_VALUE,
                    0)
                .use())
        .isEqualTo(SourceCacheUse.none(0));
  }

  @Test
  void tokensAreThoseOfTheTokenizer() {
    assertThat(plan(BOTH).tokens()).isEqualTo(TOKENS);
  }
}
