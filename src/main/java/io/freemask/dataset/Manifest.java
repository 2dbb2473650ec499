package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.internal.json.JsonSection;
import io.freemask.internal.json.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A dataset's manifest: {@code {"clips": [{"name", "frames", "masks", "prompt", "words"}]}}.
 *
 * <p>{@code objects}, a list of word lists, may stand for {@code words}. In DAVIS's layout the name
 * of a sequence stands for {@code frames} and {@code masks}; elsewhere the frames' path stands for
 * a {@code name}.
 */
final class Manifest {

  static final String FILE = "manifest.json";

  private Manifest() {}

  static List<ManifestEntry> read(Path file, boolean davis) {
    return parse(file.toString(), TextFile.read("manifest", file), davis);
  }

  static List<ManifestEntry> parse(String name, String json, boolean davis) {
    try {
      JsonSection document = JsonSection.document("manifest", json);
      List<ManifestEntry> entries = new ArrayList<>();
      Set<String> names = new HashSet<>();
      for (JsonSection section : document.sections("clips")) {
        ManifestEntry entry = section.read(s -> entry(s, davis));
        if (!names.add(entry.name())) {
          throw new InvalidInputException(
              "clips has the name '" + entry.name() + "' twice, expected different names");
        }
        entries.add(entry);
      }
      document.end();
      return entries;
    } catch (InvalidInputException e) {
      throw new InvalidInputException("manifest '" + name + "': " + e.getMessage(), e);
    }
  }

  private static ManifestEntry entry(JsonSection s, boolean davis) {
    if (s.has("words") == s.has("objects")) {
      throw s.wrong("words", "either words or, for several objects, objects: a list of such lists");
    }
    boolean sequence = davis && !s.has("frames");
    String name = sequence || s.has("name") ? s.text("name") : s.text("frames");
    return new ManifestEntry(
        name,
        sequence ? DavisSequences.frames(name) : s.text("frames"),
        davis && !s.has("masks") ? DavisSequences.masks(name) : s.text("masks"),
        s.text("prompt"),
        s.has("words") ? List.of(s.texts("words")) : s.textLists("objects"));
  }
}
