package io.freemask.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A YAML or JSON file of options: a mapping from an option's long name, without the dashes, to its
 * value. An option that may be given several times takes a list, or a mapping where its values have
 * the form {@code key=value}; a switch takes true or false.
 */
final class ConfigFile {

  private static final Set<String> NOT_IN_A_FILE = Set.of("config", "repeat", "help", "version");

  private final Path path;
  private final JsonNode root;

  private ConfigFile(Path path, JsonNode root) {
    this.path = path;
    this.root = root;
  }

  /**
   * Reads a file; one that ends with .json is JSON, every other YAML.
   *
   * @throws InvalidInputException if it cannot be read or is not a mapping
   */
  static ConfigFile read(Path path) {
    boolean json = path.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    ObjectMapper mapper =
        (json ? JsonMapper.builder() : YAMLMapper.builder())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    JsonNode root;
    try {
      root = mapper.readTree(Files.readString(path));
    } catch (JacksonException e) {
      throw new InvalidInputException(
          path + ": not valid " + (json ? "JSON" : "YAML") + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidInputException("config file " + ExitCode.message(e), e);
    }
    if (!root.isObject()) {
      throw new InvalidInputException(
          path + ": expected a mapping from option names to values, found " + kind(root));
    }
    return new ConfigFile(path, root);
  }

  /** Returns whether the file is the record of a run instead. */
  boolean isRunRecord() {
    return root.path("settings").isObject()
        && (root.path("edit").isObject() || root.path("generate").isObject());
  }

  /**
   * Returns the file as command-line arguments, without the options that are given already.
   *
   * @param command the command whose options the file may hold
   * @param given long names, without dashes, that the command line has
   * @throws InvalidInputException if a key is not an option of the command, or a value's kind does
   *     not fit
   */
  List<String> arguments(CommandSpec command, Set<String> given) {
    List<String> arguments = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      String key = entry.getKey();
      OptionSpec option = command.findOption("--" + key);
      if (option == null || NOT_IN_A_FILE.contains(key)) {
        throw new InvalidInputException(
            path + ": unknown key '" + key + "', expected one of " + names(command));
      }
      if (!given.contains(key) && !entry.getValue().isNull()) {
        add(arguments, option, key, entry.getValue());
      }
    }
    return arguments;
  }

  private void add(List<String> arguments, OptionSpec option, String key, JsonNode value) {
    boolean isSwitch = option.arity().max() == 0;
    if (isSwitch || option.typeInfo().isBoolean()) {
      if (!value.isBoolean()) {
        throw wrong(key, "true or false", value);
      }
      arguments.add("--" + key + "=" + value.booleanValue());
    } else if (option.isMultiValue()) {
      addAll(arguments, key, value);
    } else if (value.isValueNode()) {
      arguments.add("--" + key + "=" + value.asText());
    } else {
      throw wrong(key, "a single value", value);
    }
  }

  private void addAll(List<String> arguments, String key, JsonNode value) {
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        if (!entry.getValue().isValueNode()) {
          throw wrong(key + "." + entry.getKey(), "a single value", entry.getValue());
        }
        arguments.add("--" + key + "=" + entry.getKey() + "=" + entry.getValue().asText());
      }
      return;
    }
    Iterable<JsonNode> elements = value.isArray() ? value : List.of(value);
    for (JsonNode element : elements) {
      if (!element.isValueNode()) {
        throw wrong(key, "a list of single values", element);
      }
      arguments.add("--" + key + "=" + element.asText());
    }
  }

  private InvalidInputException wrong(String key, String expected, JsonNode value) {
    return new InvalidInputException(
        path + ": '" + key + "' is " + kind(value) + ", expected " + expected);
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "a mapping";
      case ARRAY -> "a list";
      case NULL, MISSING -> "empty";
      default -> "'" + node.asText() + "'";
    };
  }

  private static String names(CommandSpec command) {
    Set<String> names = new TreeSet<>();
    for (OptionSpec option : command.options()) {
      String name = longName(option);
      if (!NOT_IN_A_FILE.contains(name)) {
        names.add(name);
      }
    }
    return String.join(", ", names);
  }

  /** Returns an option's long name without the dashes. */
  static String longName(OptionSpec option) {
    for (String name : option.names()) {
      if (name.startsWith("--")) {
        return name.substring(2);
      }
    }
    return option.shortestName();
  }
}
