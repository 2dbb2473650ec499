package io.freemask.cli;

import java.util.List;
import java.util.Locale;

/**
 * One thing that doctor looked at.
 *
 * @param subject what, such as {@code libtorch}
 * @param state how it is
 * @param summary one line that says what was found
 * @param details more lines: where was looked, what was there
 * @param advice what to set or do; empty where nothing has to be done
 */
record Finding(
    String subject, State state, String summary, List<String> details, List<String> advice) {

  /** How something is. */
  enum State {
    /** As needed. */
    OK,
    /** Usable, but not as it could be. */
    WARNING,
    /** Nothing works without a change. */
    ERROR;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  Finding {
    details = List.copyOf(details);
    advice = List.copyOf(advice);
  }

  static Finding ok(String subject, String summary, List<String> details) {
    return new Finding(subject, State.OK, summary, details, List.of());
  }

  static Finding of(
      String subject, State state, String summary, List<String> details, String... advice) {
    return new Finding(subject, state, summary, details, List.of(advice));
  }
}
