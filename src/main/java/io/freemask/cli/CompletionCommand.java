package io.freemask.cli;

import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a script that completes commands and options in a shell. */
@Command(
    name = "completion",
    description = "Print a completion script for bash or zsh.",
    footer = {
      "",
      "Examples:",
      "  source <(./freemask completion bash)",
      "  ./freemask completion zsh > ~/.freemask-completion",
      "  echo 'source ~/.freemask-completion' >> ~/.zshrc"
    })
final class CompletionCommand extends BaseCommand {

  enum Shell {
    BASH,
    ZSH
  }

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private @Nullable Shell shell;

  @Override
  public Integer call() {
    if (shell == Shell.ZSH) {
      // zsh runs bash's completions once both of these are loaded.
      session().out().println("autoload -Uz compinit bashcompinit && compinit && bashcompinit");
    }
    session().out().println(AutoComplete.bash("freemask", spec().root().commandLine()));
    return ExitCode.OK;
  }
}
