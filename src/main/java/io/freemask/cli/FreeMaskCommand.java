package io.freemask.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The root of the command line: holds what all commands share. */
@Command(
    name = "freemask",
    description = "Tuning-free video editing with masked attention fusion.",
    versionProvider = VersionLines.class,
    subcommands = {
      EditCommand.class,
      GenerateCommand.class,
      CalibrateCommand.class,
      AblateCommand.class,
      InspectCommand.class,
      EvaluateCommand.class,
      DemoCommand.class,
      DoctorCommand.class,
      ComponentCommand.class,
      CompletionCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  freemask demo",
      "  freemask edit --input car.mp4 --source \"a car on a road\" --target \"a bus on a road\""
          + " \\",
      "      --words car=bus --preset shape --output bus.mp4",
      "  freemask edit --help",
      "  freemask doctor",
      "",
      "Exit codes: 0 done, 1 internal error or a finding of doctor, 2 bad input, 130 cancelled."
    })
final class FreeMaskCommand extends BaseCommand {

  private final Session session;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean stacktrace;

  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      description = "No progress and no notes; errors and results only.")
  private boolean quiet;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the versions of freemask, its native library, libtorch and Java.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean version;

  FreeMaskCommand(Session session) {
    this.session = session;
  }

  Session sharedSession() {
    return session;
  }

  boolean stacktrace() {
    return stacktrace;
  }

  boolean quiet() {
    return quiet;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec().commandLine(),
        "a command is missing, expected one of "
            + String.join(", ", spec().subcommands().keySet()));
  }
}
