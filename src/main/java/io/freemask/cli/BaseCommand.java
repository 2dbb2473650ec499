package io.freemask.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What every command has at hand. */
abstract class BaseCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  /** Returns picocli's model of this command, which is there once the arguments are parsed. */
  final CommandSpec spec() {
    return Objects.requireNonNull(spec, "spec");
  }

  final FreeMaskCommand root() {
    return (FreeMaskCommand) spec().root().userObject();
  }

  final Session session() {
    return root().sharedSession();
  }

  /** Prints a line that a user may want to know of, but no program reads. */
  final void note(String line) {
    if (!root().quiet()) {
      session().err().println(line);
    }
  }
}
