package io.freemask.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Lists options in the help under the headings of their classes. picocli's own argument groups give
 * headings too, but silently forget what was given before an option that is repeated.
 */
final class OptionSections implements IHelpSectionRenderer {

  private static final String OWN = "";

  private OptionSections() {}

  /** Makes a command and its subcommands list their options like this. */
  static void install(CommandLine command) {
    command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new OptionSections());
    command.getSubcommands().values().forEach(OptionSections::install);
  }

  @Override
  public String render(Help help) {
    Map<String, List<OptionSpec>> sections = new LinkedHashMap<>();
    sections.put(OWN, new ArrayList<>());
    for (OptionSpec option : help.commandSpec().options()) {
      sections.computeIfAbsent(heading(option), heading -> new ArrayList<>()).add(option);
    }
    StringBuilder text = new StringBuilder();
    sections.forEach(
        (heading, options) -> {
          Help.Layout layout = help.createDefaultLayout();
          layout.addOptions(options, help.parameterLabelRenderer());
          if (!heading.equals(OWN)) {
            text.append(System.lineSeparator()).append(heading).append(':');
            text.append(System.lineSeparator());
          }
          text.append(layout);
        });
    return text.toString();
  }

  private static String heading(OptionSpec option) {
    if (option.userObject() instanceof Field field) {
      OptionSection section = field.getDeclaringClass().getAnnotation(OptionSection.class);
      return section == null ? OWN : section.value();
    }
    return OWN;
  }
}
