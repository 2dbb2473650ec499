package io.freemask.cli;

import io.freemask.CancellationToken;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One run of the command line inside this process. */
record CommandRun(int code, String out, String err) {

  static CommandRun of(String... args) {
    return of(new CancellationToken(), args);
  }

  static CommandRun of(CancellationToken token, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            args,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            token);
    return new CommandRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Returns the lines of standard error. */
  List<String> errLines() {
    return err.lines().toList();
  }
}
