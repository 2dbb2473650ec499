package io.freemask.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** Groups the commands that run one part of a model on given tensors. */
@Command(
    name = "component",
    description =
        "Run one part on tensors from a safetensors file, to compare it with another"
            + " implementation.",
    subcommands = {
      ComponentUNetCommand.class,
      ComponentTextCommand.class,
      ComponentVaeEncodeCommand.class,
      ComponentVaeDecodeCommand.class,
      ComponentDdimCommand.class,
      ComponentEditCommand.class
    },
    footer = {
      "",
      "Tensors that the input holds under the name of an output are left aside, so that a file of",
      "reference values can be given as it is; other names that a part does not know are an error.",
      "",
      "Examples:",
      "  freemask component unet --model DIR --in x.safetensors --out y.safetensors",
      "  freemask component edit --model DIR --in x.safetensors --plan plan.json --out"
          + " y.safetensors",
      "  freemask component unet --help"
    })
final class ComponentCommand extends BaseCommand {

  @Override
  public Integer call() {
    throw new ParameterException(
        spec().commandLine(),
        "a part is missing, expected one of " + String.join(", ", spec().subcommands().keySet()));
  }
}
