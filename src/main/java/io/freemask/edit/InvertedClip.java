package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.prompt.Prompt;
import io.freemask.tensor.NativeResource;
import java.util.Arrays;
import java.util.List;

/**
 * A clip that was inverted once and can be edited by many plans: z_0..z_T, and the word maps of its
 * objects from all cross layers at every record. Made by {@link EditEngine#invert}.
 */
public final class InvertedClip implements NativeResource {

  private final Prompt source;
  private final int inversionIterations;
  private final LayerGrid grid;
  private final List<int[]> groups;
  private final EditState state;

  InvertedClip(
      Prompt source, int inversionIterations, LayerGrid grid, List<int[]> groups, EditState state) {
    this.source = source;
    this.inversionIterations = inversionIterations;
    this.grid = grid;
    this.groups = groups;
    this.state = state;
  }

  /** Returns T. */
  public int steps() {
    return state.inverted().size() - 1;
  }

  /** Returns how often an inversion step could run the UNet. */
  public int inversionIterations() {
    return inversionIterations;
  }

  /** Returns all layers on the clip's latents. */
  public LayerGrid grid() {
    return grid;
  }

  Prompt source() {
    return source;
  }

  EditState state() {
    return state;
  }

  /**
   * Returns the word maps in the order of other groups.
   *
   * @throws InvalidInputException if one of them was not kept
   */
  WordMaps maps(List<int[]> wanted) {
    int[] places = new int[wanted.size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = place(wanted.get(i));
    }
    return state.wordMaps().select(places);
  }

  private int place(int[] tokens) {
    for (int i = 0; i < groups.size(); i++) {
      if (Arrays.equals(groups.get(i), tokens)) {
        return i;
      }
    }
    throw new InvalidInputException(
        "no word maps were kept for the tokens "
            + Arrays.toString(tokens)
            + " of \""
            + source.text()
            + "\", expected words of the objects that the clip was inverted with");
  }

  @Override
  public void close() {
    state.close();
  }
}
