package io.freemask.model;

import io.freemask.InvalidInputException;
import java.util.List;

/**
 * Word maps to be captured in a forward pass: for each cross-attention layer and each group of
 * tokens, the mean over heads of the sum over the group's tokens of the attention probabilities.
 *
 * @param item batch item
 * @param groups token positions by group, each from 0 to L - 1; at least one group, none empty
 */
public record WordCapture(int item, List<int[]> groups) {

  /** Checks the groups. */
  public WordCapture {
    groups = groups.stream().map(int[]::clone).toList();
    if (groups.isEmpty() || groups.stream().anyMatch(group -> group.length == 0)) {
      throw new InvalidInputException(
          "word capture of " + groups.size() + " groups, expected at least one and none empty");
    }
  }
}
