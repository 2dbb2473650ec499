package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.model.AttentionLayer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A UNet's attention layers on latents of one size.
 *
 * @param layers all attention layers in execution order
 * @param frames F
 * @param height h of the latents
 * @param width w of the latents
 */
public record LayerGrid(List<AttentionLayer> layers, int frames, int height, int width) {

  /** Checks the sizes and copies the list. */
  public LayerGrid {
    layers = List.copyOf(layers);
    if (frames < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "latents are [" + frames + "," + height + "," + width + "], expected at least 1 each");
    }
  }

  /**
   * The size of a level.
   *
   * @param height h
   * @param width w
   */
  public record Size(int height, int width) {

    /** Returns h*w. */
    public long tokens() {
      return (long) height * width;
    }

    @Override
    public String toString() {
      return "[" + height + ", " + width + "]";
    }
  }

  /**
   * A cross-attention layer.
   *
   * @param index its place among the cross layers, by which word maps are found
   * @param layer the layer
   * @param size its level's size
   */
  public record CrossLayer(int index, AttentionLayer layer, Size size) {}

  /** Returns the size of a layer's level. */
  public Size sizeOf(AttentionLayer layer) {
    return new Size(layer.height(height), layer.width(width));
  }

  /** Returns all cross layers in execution order. */
  public List<CrossLayer> crossLayers() {
    List<CrossLayer> cross = new ArrayList<>();
    for (AttentionLayer layer : layers) {
      if (layer.kind() == AttentionLayer.Kind.CROSS) {
        cross.add(new CrossLayer(cross.size(), layer, sizeOf(layer)));
      }
    }
    return cross;
  }

  /**
   * Returns the distinct level sizes of the layers of a kind that a plan controls.
   *
   * @param maxTokens most h*w of a controlled layer; 0 = no limit
   */
  public List<Size> controlledSizes(AttentionLayer.Kind kind, long maxTokens) {
    Set<Size> sizes = new LinkedHashSet<>();
    for (AttentionLayer layer : layers) {
      Size size = sizeOf(layer);
      if (layer.kind() == kind
          && layer.controlled()
          && (maxTokens == 0 || size.tokens() <= maxTokens)) {
        sizes.add(size);
      }
    }
    return List.copyOf(sizes);
  }

  /**
   * Returns the cross layers that a mask is derived from.
   *
   * @throws InvalidInputException if a level has none, a name is none, or named layers that are to
   *     be of one level are of several
   */
  public List<CrossLayer> find(MaskRule.Layers choice) {
    return switch (choice) {
      case MaskRule.Layers.Level level -> ofLevel(new Size(level.height(), level.width()));
      case MaskRule.Layers.Named named -> oneLevel(ofNames(named.names()));
      case MaskRule.Layers.PerLevel perLevel -> ofNames(perLevel.names());
      case MaskRule.Layers.All all -> crossLayers();
    };
  }

  private List<CrossLayer> ofLevel(Size size) {
    List<CrossLayer> found =
        crossLayers().stream().filter(layer -> layer.size().equals(size)).toList();
    if (found.isEmpty()) {
      throw new InvalidInputException(
          size + " has no cross layer; the levels that have: " + listed(crossSizes()));
    }
    return found;
  }

  private List<CrossLayer> ofNames(List<String> names) {
    List<CrossLayer> found = new ArrayList<>();
    for (String name : names) {
      List<CrossLayer> named =
          crossLayers().stream()
              .filter(
                  layer ->
                      layer.layer().name().equals(name)
                          || layer.layer().name().startsWith(name + "."))
              .toList();
      if (named.isEmpty()) {
        throw new InvalidInputException(
            "'"
                + name
                + "' is no cross layer; they are: "
                + String.join(
                    ", ", crossLayers().stream().map(layer -> layer.layer().name()).toList()));
      }
      named.stream().filter(layer -> !found.contains(layer)).forEach(found::add);
    }
    return found;
  }

  private static List<CrossLayer> oneLevel(List<CrossLayer> found) {
    Set<Size> sizes = new LinkedHashSet<>();
    found.forEach(layer -> sizes.add(layer.size()));
    if (sizes.size() > 1) {
      throw new InvalidInputException(
          "these are of the levels " + listed(sizes) + ", expected one level");
    }
    return found;
  }

  /**
   * Returns those of some cross layers that a mask at a size is derived from if each level has its
   * own: the size's, or else those whose level's h*w is nearest, the larger on a tie.
   *
   * @param layers at least one
   */
  static List<CrossLayer> nearest(List<CrossLayer> layers, Size size) {
    Size nearest =
        layers.stream()
            .map(CrossLayer::size)
            .min(
                Comparator.comparing((Size level) -> !level.equals(size))
                    .thenComparingLong(level -> Math.abs(level.tokens() - size.tokens()))
                    .thenComparing(Comparator.comparingLong(Size::tokens).reversed()))
            .orElseThrow();
    return layers.stream().filter(layer -> layer.size().equals(nearest)).toList();
  }

  /**
   * Returns the level that masks are derived from without a choice: of those with cross layers the
   * one whose h*w is nearest 256, the larger on a tie.
   */
  public Size standardMaskLevel() {
    return crossSizes().stream()
        .min(
            Comparator.comparingLong((Size size) -> Math.abs(size.tokens() - 256))
                .thenComparing(Comparator.comparingLong(Size::tokens).reversed()))
        .orElseThrow(
            () -> new InvalidInputException("the UNet has no cross layer to derive masks from"));
  }

  private Set<Size> crossSizes() {
    Set<Size> sizes = new LinkedHashSet<>();
    crossLayers().forEach(layer -> sizes.add(layer.size()));
    return sizes;
  }

  private static String listed(Set<Size> sizes) {
    return String.join(", ", sizes.stream().map(Size::toString).toList());
  }
}
