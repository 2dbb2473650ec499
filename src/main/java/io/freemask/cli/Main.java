package io.freemask.cli;

import io.freemask.CancellationToken;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The entry point of the command line. */
public final class Main {

  /** How long Ctrl-C waits for the run to end and to remove its temporary files. */
  private static final long PATIENCE_SECONDS = 60;

  private Main() {}

  /**
   * Runs a command and ends the process with its exit code.
   *
   * @param args the arguments
   */
  public static void main(String[] args) {
    CancellationToken token = new CancellationToken();
    CountDownLatch done = new CountDownLatch(1);
    // Ctrl-C starts the JVM's shutdown, which waits for its hooks: this one lets the run end first.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  token.cancel();
                  awaitQuietly(done);
                },
                "freemask-cancel"));
    int code;
    try {
      code = run(args, System.out, System.err, token);
    } finally {
      done.countDown();
    }
    System.exit(code);
  }

  /**
   * Runs a command.
   *
   * @param args the arguments
   * @param out receives results
   * @param err receives progress, notes and errors
   * @return the exit code: 0 done, 1 internal error or a finding of doctor, 2 bad input, 130
   *     cancelled
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return run(args, out, err, new CancellationToken());
  }

  /**
   * Runs a command that a token can cancel.
   *
   * @param args the arguments
   * @param out receives results
   * @param err receives progress, notes and errors
   * @param token cancels the run, from any thread
   * @return the exit code, 130 when cancelled
   */
  public static int run(String[] args, PrintStream out, PrintStream err, CancellationToken token) {
    FreeMaskCommand root = new FreeMaskCommand(new Session(out, err, token));
    CommandLine commandLine = commandLine(root, out, err);
    int code;
    try {
      code = commandLine.execute(ConfigArguments.merge(commandLine, args));
    } catch (ParameterException e) {
      code = badArguments(e);
    } catch (RuntimeException e) {
      code = failed(root, err, e);
    } catch (OutOfMemoryError e) {
      err.println(
          "freemask: out of memory: the Java heap has "
              + new ByteCount(Runtime.getRuntime().maxMemory())
              + "; fewer frames or a smaller size need less, FREEMASK_JAVA_OPTS=-Xmx8g gives more");
      code = ExitCode.BAD_INPUT;
    }
    out.flush();
    err.flush();
    return code;
  }

  /** Returns picocli's model of the whole command line. */
  static CommandLine commandLine(FreeMaskCommand root, PrintStream out, PrintStream err) {
    CommandLine commandLine = new CommandLine(root);
    commandLine
        .setOut(writer(out))
        .setErr(writer(err))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpLongOptionsMaxWidth(32)
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler((e, args) -> badArguments(e))
        .setExecutionExceptionHandler((e, command, result) -> failed(root, err, e));
    Converters.register(commandLine);
    OptionSections.install(commandLine);
    return commandLine;
  }

  private static PrintWriter writer(PrintStream stream) {
    Charset charset = stream.charset();
    return new PrintWriter(stream, true, charset);
  }

  private static int badArguments(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println(
            name + ": " + oneLine(String.valueOf(e.getMessage())) + " (see " + name + " --help)");
    command.getErr().flush();
    return ExitCode.BAD_INPUT;
  }

  private static int failed(FreeMaskCommand root, PrintStream err, Exception e) {
    int code = ExitCode.of(e);
    String message = oneLine(ExitCode.message(e));
    if (code == ExitCode.INTERNAL) {
      message = "internal error: " + message;
      if (!root.stacktrace()) {
        message += " (--stacktrace prints where)";
      }
    }
    err.println("freemask: " + message);
    if (root.stacktrace()) {
      e.printStackTrace(err);
    }
    return code;
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private static void awaitQuietly(CountDownLatch done) {
    try {
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("freemask: the run did not end in " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
