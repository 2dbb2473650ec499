package io.freemask.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.cli.Finding.State;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what of the prerequisites is there, where, what is wrong and what to set. */
@Command(
    name = "doctor",
    description =
        "Look for all that an edit needs and say what was found, what is wrong and what to set.",
    footer = {
      "",
      "Exit code: 0 when edits can run (warnings included), 1 when something is missing.",
      "",
      "Examples:",
      "  freemask doctor",
      "  freemask doctor --model zeroscope_v2_576w --json"
    })
final class DoctorCommand extends BaseCommand {

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Look at this model directory instead of the built-in model.")
  private @Nullable Path model;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    List<Finding> findings = new SystemCheckup().run(model);
    boolean healthy = findings.stream().noneMatch(f -> f.state() == State.ERROR);
    if (json) {
      session().out().println(toJson(findings, healthy));
    } else {
      print(session().out(), findings, healthy);
    }
    return healthy ? ExitCode.OK : ExitCode.INTERNAL;
  }

  private static void print(PrintStream out, List<Finding> findings, boolean healthy) {
    for (Finding finding : findings) {
      out.printf(
          "%-9s%s: %s%n",
          "[" + finding.state().label() + "]", finding.subject(), finding.summary());
      finding.details().forEach(line -> out.println("           " + line));
      finding.advice().forEach(line -> out.println("        -> " + line));
    }
    out.println(healthy ? "freemask can run here." : "freemask cannot run here yet.");
  }

  private static String toJson(List<Finding> findings, boolean healthy) {
    ObjectMapper mapper = JsonMapper.builder().build();
    ObjectNode root = mapper.createObjectNode();
    root.put("ok", healthy);
    ArrayNode list = root.putArray("findings");
    for (Finding finding : findings) {
      ObjectNode node = list.addObject();
      node.put("subject", finding.subject());
      node.put("state", finding.state().label());
      node.put("summary", finding.summary());
      finding.details().forEach(node.putArray("details")::add);
      finding.advice().forEach(node.putArray("advice")::add);
    }
    return root.toPrettyString();
  }
}
