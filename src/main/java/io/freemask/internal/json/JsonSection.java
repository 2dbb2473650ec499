package io.freemask.internal.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A JSON object that is read key by key; its messages name keys by their path in the document. */
public final class JsonSection {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String path;
  private final JsonNode node;
  private final Set<String> known = new HashSet<>();

  private JsonSection(String path, JsonNode node) {
    this.path = path;
    this.node = node;
  }

  private static JsonSection of(String path, JsonNode node) {
    if (!node.isObject()) {
      throw new InvalidInputException(path + " is " + describe(node) + ", expected an object");
    }
    return new JsonSection(path, node);
  }

  /**
   * Reads all of this section: a message of the reader's gets the path, a key left over is an
   * error.
   */
  public <T> T read(Function<JsonSection, T> reader) {
    T value;
    try {
      value = reader.apply(this);
    } catch (InvalidInputException e) {
      String message = String.valueOf(e.getMessage());
      if (path.isEmpty() || message.startsWith(path + ".")) {
        throw e;
      }
      throw new InvalidInputException(path + "." + message, e);
    }
    end();
    return value;
  }

  /** Checks that every key of this section has been asked for. */
  public void end() {
    for (String name : names()) {
      if (!known.contains(name)) {
        throw new InvalidInputException(
            "unknown key "
                + key(name)
                + ", expected one of: "
                + String.join(", ", known.stream().sorted().toList()));
      }
    }
  }

  /** Returns the keys in order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Reads a document, which has to be one object without repeated keys. */
  public static JsonSection document(String name, String json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(name + ": not valid JSON: " + e.getOriginalMessage(), e);
    }
    if (!root.isObject()) {
      throw new InvalidInputException(name + " is " + describe(root) + ", expected an object");
    }
    return new JsonSection("", root);
  }

  /** Returns an empty object to write into. */
  public static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  /** Returns the object as it was read. */
  public JsonNode node() {
    return node;
  }

  /** Returns whether a key is there and not null. */
  public boolean has(String name) {
    return get(name) != null;
  }

  /** Returns whether a key holds a string. */
  public boolean isText(String name) {
    JsonNode value = get(name);
    return value != null && value.isTextual();
  }

  /** Returns whether a key holds an empty list. */
  public boolean isEmptyList(String name) {
    JsonNode value = get(name);
    return value != null && value.isArray() && value.isEmpty();
  }

  /** Returns whether {@code mode} is "off"; then only the mode and the named keys may be there. */
  public boolean isOff(String... others) {
    JsonNode value = get("mode");
    if (value == null || !value.isTextual() || !value.textValue().equals("off")) {
      return false;
    }
    known.addAll(List.of(others));
    end();
    return true;
  }

  /** Returns the object of a key, or null if it is missing or null. */
  public @Nullable JsonSection section(String name) {
    JsonNode value = get(name);
    return value == null ? null : of(key(name), value);
  }

  /** Returns a list of at least one object, each named by its place. */
  public List<JsonSection> sections(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isArray() || value.isEmpty()) {
      throw wrong(name, "a list of at least one object");
    }
    List<JsonSection> sections = new ArrayList<>();
    for (JsonNode element : value) {
      sections.add(of(key(name) + "[" + sections.size() + "]", element));
    }
    return sections;
  }

  /** Returns a list of finite numbers, which has to be there. */
  public double[] numbers(String name) {
    JsonNode value = get(name);
    double[] numbers = value == null ? null : numbers(value);
    if (numbers == null) {
      throw wrong(name, "a list of finite numbers");
    }
    return numbers;
  }

  /** Returns a list of lists of finite numbers, which has to be there. */
  public double[][] numberLists(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isArray()) {
      throw wrong(name, "a list of lists of finite numbers");
    }
    double[][] lists = new double[value.size()][];
    for (int i = 0; i < lists.length; i++) {
      double[] numbers = numbers(value.get(i));
      if (numbers == null) {
        throw wrong(name, "a list of lists of finite numbers");
      }
      lists[i] = numbers;
    }
    return lists;
  }

  /** Returns a string, which has to be there. */
  public String text(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isTextual()) {
      throw wrong(name, "a string");
    }
    return value.textValue();
  }

  /** Returns a finite number, which has to be there. */
  public double number(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw wrong(name, "a finite number");
    }
    return value.doubleValue();
  }

  /** Returns a whole number, which has to be there. */
  public int integer(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(name, "a whole number");
    }
    return value.intValue();
  }

  /** Returns a truth value, the standard one if the key is missing. */
  public boolean flag(String name, boolean standard) {
    JsonNode value = get(name);
    if (value == null) {
      return standard;
    }
    if (!value.isBoolean()) {
      throw wrong(name, "true or false");
    }
    return value.booleanValue();
  }

  /** Returns a whole number of 64 bits, which has to be there. */
  public long longInteger(String name) {
    JsonNode value = get(name);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(name, "a whole number");
    }
    return value.longValue();
  }

  /** Returns a limit of at least 1, or 0 if there is none. */
  public long limit(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return 0;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 1) {
      throw wrong(name, "a whole number of at least 1");
    }
    return value.longValue();
  }

  /** Returns the value that a name stands for, or the standard one if the key is missing. */
  public <T> T choice(String name, Map<String, T> choices, @Nullable T standard) {
    JsonNode value = get(name);
    if (value == null && standard != null) {
      return standard;
    }
    T chosen = value != null && value.isTextual() ? choices.get(value.textValue()) : null;
    if (chosen == null) {
      throw wrong(name, "one of: " + String.join(", ", choices.keySet()));
    }
    return chosen;
  }

  /** Returns two finite numbers. */
  public double[] pair(String name, String expected) {
    JsonNode value = get(name);
    if (value != null
        && value.isArray()
        && value.size() == 2
        && value.get(0).isNumber()
        && value.get(1).isNumber()) {
      return new double[] {value.get(0).doubleValue(), value.get(1).doubleValue()};
    }
    throw wrong(name, expected);
  }

  /** Returns two whole numbers of at least 1. */
  public int[] size(String name) {
    JsonNode value = get(name);
    if (value != null && value.isArray() && value.size() == 2) {
      JsonNode height = value.get(0);
      JsonNode width = value.get(1);
      if (isSize(height) && isSize(width)) {
        return new int[] {height.intValue(), width.intValue()};
      }
    }
    throw wrong(name, "[h, w] of whole numbers of at least 1");
  }

  /** Returns a list of at least one string. */
  public List<String> texts(String name) {
    JsonNode value = get(name);
    List<String> texts = value == null ? List.of() : texts(value);
    if (texts.isEmpty()) {
      throw wrong(name, "a list of at least one string");
    }
    return texts;
  }

  /** Returns a list of at least one list of at least one string. */
  public List<List<String>> textLists(String name) {
    JsonNode value = get(name);
    List<List<String>> lists = new ArrayList<>();
    if (value != null && value.isArray()) {
      value.forEach(list -> lists.add(texts(list)));
    }
    if (lists.isEmpty() || lists.stream().anyMatch(List::isEmpty)) {
      throw wrong(name, "a list of lists of at least one string");
    }
    return lists;
  }

  /** Returns the exception that says what a key holds and what was expected. */
  public InvalidInputException wrong(String name, String expected) {
    JsonNode value = get(name);
    return new InvalidInputException(
        key(name)
            + (value == null ? " is missing" : " is " + describe(value))
            + ", expected "
            + expected);
  }

  private static boolean isSize(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToInt() && value.intValue() >= 1;
  }

  /** Returns the strings of a list, or none if it is something else. */
  private static List<String> texts(JsonNode value) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : value) {
      if (!value.isArray() || !element.isTextual()) {
        return List.of();
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  private static double @Nullable [] numbers(JsonNode value) {
    if (!value.isArray()) {
      return null;
    }
    double[] numbers = new double[value.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!value.get(i).isNumber() || !Double.isFinite(value.get(i).doubleValue())) {
        return null;
      }
      numbers[i] = value.get(i).doubleValue();
    }
    return numbers;
  }

  private @Nullable JsonNode get(String name) {
    known.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private String key(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static String describe(JsonNode value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
