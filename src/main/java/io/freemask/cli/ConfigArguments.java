package io.freemask.cli;

import io.freemask.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Brings a configuration file into the command line: its options stand where the command line has
 * none of the same name, so that the command line wins.
 */
final class ConfigArguments {

  private ConfigArguments() {}

  /**
   * Returns the arguments with those of the file that {@code --config} names, if it is there.
   *
   * @throws InvalidInputException if the file cannot be read or does not fit the command
   * @throws picocli.CommandLine.ParameterException if the arguments do not parse
   */
  static String[] merge(CommandLine commandLine, String[] args) {
    ParseResult result = commandLine.parseArgs(args);
    while (result.hasSubcommand()) {
      result = result.subcommand();
    }
    Path path = result.matchedOptionValue("--config", (Path) null);
    if (path == null) {
      return args;
    }
    Set<String> given = new HashSet<>();
    for (OptionSpec option : result.matchedOptions()) {
      given.add(ConfigFile.longName(option));
    }
    ConfigFile file = ConfigFile.read(path);
    if (file.isRunRecord()) {
      return args;
    }
    List<String> merged = new ArrayList<>(Arrays.asList(args));
    int command = merged.indexOf(result.commandSpec().name());
    merged.addAll(command + 1, file.arguments(result.commandSpec(), given));
    return merged.toArray(String[]::new);
  }
}
