package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.PlanParameters;
import io.freemask.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one forward pass fuses from the source into the edit item. Only the edit item changes; a
 * part that is null is off; {@code transformer_in} is never controlled.
 *
 * <p>In all parts {@code maxTokens} leaves layers with more than that many query positions (h*w)
 * alone, 0 meaning no limit, and {@code masks} are tensors [F,h,w] F32 in [0,1], 1 on the object,
 * one for each level (h,w) that is controlled, or none for no mask. The masks are borrowed.
 *
 * @param source where the source is
 * @param editItem batch item that is changed; not read where the source is recorded
 * @param cross fusion of cross attention
 * @param self fusion of spatial self attention
 * @param temporal fusion of temporal attention
 */
public record AttentionPlan(
    Source source,
    int editItem,
    @Nullable Cross cross,
    @Nullable Self self,
    @Nullable Temporal temporal) {

  /** Checks the items. */
  public AttentionPlan {
    if (editItem < 0 || (source instanceof Item from && from.item() == editItem)) {
      throw new InvalidInputException(
          "attention plan from " + source + " into item " + editItem + ", expected another item");
    }
  }

  /** Where the source's queries and keys are. */
  public sealed interface Source {}

  /**
   * In the batch.
   *
   * @param item which one
   */
  public record Item(int item) implements Source {

    /** Checks the item. */
    public Item {
      requireItem(item);
    }
  }

  /**
   * In the batch, to be kept: nothing is fused, and of the sections only what they control counts.
   *
   * @param item which one
   * @param cache where its queries and keys are kept
   * @param record the number they are kept under
   */
  public record Recorded(int item, SourceCache cache, int record) implements Source {

    /** Checks the item. */
    public Recorded {
      requireItem(item);
    }
  }

  /**
   * In a cache.
   *
   * @param cache where it was kept
   * @param record the number it was kept under
   */
  public record Cached(SourceCache cache, int record) implements Source {}

  private static void requireItem(int item) {
    if (item < 0) {
      throw new InvalidInputException("source item is " + item + ", expected 0 or more");
    }
  }

  /** Whether the mapped source or the mixture of source and edit is mapped. */
  public enum Order {
    /** {@code (1-M) map(A0) + M A2}. */
    MAP_THEN_BLEND(1),
    /** {@code map((1-M) A0 + M A2)}. */
    BLEND_THEN_MAP(2);

    private final int code;

    Order(int code) {
      this.code = code;
    }
  }

  /** What temporal fusion mixes. */
  public enum Mode {
    /** Attention maps. */
    MAP(1),
    /** Queries and keys. */
    QK(2);

    private final int code;

    Mode(int code) {
      this.code = code;
    }
  }

  /** Which side of a mask the source is taken on. */
  public enum Polarity {
    /** The source where the mask is 1. */
    SOURCE_INSIDE(0),
    /** The edit where the mask is 1. */
    EDIT_INSIDE(1);

    private final int code;

    Polarity(int code) {
      this.code = code;
    }
  }

  /**
   * Fusion of cross attention: {@code map(A0)[.,n] = a[n] sum_w A0[.,w] R[w,n] + (1-a[n]) A2[.,n]},
   * blended by order and masks, times {@code e[n]}, and taken with the share {@code alpha[n]}.
   *
   * @param order order of mapping and blending
   * @param maxTokens most query positions, 0 = no limit
   * @param matrix R [L,L], row w source token, column n target token; null = identity
   * @param weights a [L] in [0,1]; null = 1
   * @param equalizer e [L]; null = 1
   * @param alpha alpha [L] in [0,1]; null = 1
   * @param tokens L
   * @param masks by level, or none
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes by step: handed on, not compared
  public record Cross(
      Order order,
      long maxTokens,
      float @Nullable [] matrix,
      float @Nullable [] weights,
      float @Nullable [] equalizer,
      float @Nullable [] alpha,
      int tokens,
      List<Tensor> masks) {

    /** Checks the lengths. */
    public Cross {
      requireLength("matrix", matrix, (long) tokens * tokens);
      requireLength("weights", weights, tokens);
      requireLength("equalizer", equalizer, tokens);
      requireLength("alpha", alpha, tokens);
      requireLimit(maxTokens);
      masks = List.copyOf(masks);
    }

    private static void requireLength(String name, float @Nullable [] values, long length) {
      if (values != null && values.length != length) {
        throw new InvalidInputException(
            "cross attention plan: "
                + name
                + " has "
                + values.length
                + " values, expected "
                + length);
      }
    }
  }

  /**
   * Fusion of spatial self attention by query row: {@code M S2 + (1-M) S0}; without masks S0.
   *
   * @param maxTokens most query positions, 0 = no limit
   * @param masks by level, or none
   */
  public record Self(long maxTokens, List<Tensor> masks) {

    /** Checks the limit. */
    public Self {
      requireLimit(maxTokens);
      masks = List.copyOf(masks);
    }
  }

  /**
   * Fusion of temporal attention by position and query frame; without masks the source's maps or
   * queries and keys.
   *
   * @param mode what is mixed
   * @param polarity which side of a mask the source is taken on
   * @param maxTokens most query positions, 0 = no limit
   * @param masks by level, or none
   */
  public record Temporal(Mode mode, Polarity polarity, long maxTokens, List<Tensor> masks) {

    /** Checks the limit. */
    public Temporal {
      requireLimit(maxTokens);
      masks = List.copyOf(masks);
    }
  }

  private static void requireLimit(long maxTokens) {
    if (maxTokens < 0) {
      throw new InvalidInputException(
          "attention plan: max_tokens is " + maxTokens + ", expected 0 or more");
    }
  }

  /** Codes are those of {@code fmk.h}, where mode 0 is off. */
  PlanParameters toNative() {
    return new PlanParameters(
        switch (source) {
          case Item from -> new PlanParameters.Source(0, from.item(), 0, null);
          case Recorded to ->
              new PlanParameters.Source(1, to.item(), to.record(), to.cache().handle());
          case Cached from -> new PlanParameters.Source(2, 0, from.record(), from.cache().handle());
        },
        editItem,
        cross == null ? 0 : cross.order.code,
        self == null ? 0 : 1,
        temporal == null ? 0 : temporal.mode.code,
        temporal == null ? 0 : temporal.polarity.code,
        cross == null ? 0 : cross.tokens,
        cross == null ? 0 : cross.maxTokens,
        self == null ? 0 : self.maxTokens,
        temporal == null ? 0 : temporal.maxTokens,
        cross == null ? null : cross.matrix,
        cross == null ? null : cross.weights,
        cross == null ? null : cross.equalizer,
        cross == null ? null : cross.alpha,
        handles(cross == null ? List.of() : cross.masks),
        handles(self == null ? List.of() : self.masks),
        handles(temporal == null ? List.of() : temporal.masks));
  }

  private static List<Handle> handles(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::handle).toList();
  }
}
