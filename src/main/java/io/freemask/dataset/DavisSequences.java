package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The layout of DAVIS (Densely Annotated Video Segmentation): {@code JPEGImages/480p/SEQUENCE} and
 * {@code Annotations/480p/SEQUENCE}, one annotation for each frame. Each object of an annotation
 * has a colour of its own; black is the background.
 */
final class DavisSequences {

  private static final System.Logger LOG = System.getLogger(DavisSequences.class.getName());
  private static final String FRAMES = "JPEGImages/480p/";
  private static final String MASKS = "Annotations/480p/";
  private static final String PROMPTS = "davis-2016.json";

  private DavisSequences() {}

  static boolean isLayout(Path folder) {
    return Files.isDirectory(folder.resolve(FRAMES)) && Files.isDirectory(folder.resolve(MASKS));
  }

  static String frames(String sequence) {
    return FRAMES + sequence;
  }

  static String masks(String sequence) {
    return MASKS + sequence;
  }

  /**
   * Returns the sequences of a folder that have one object in their first annotation, with the
   * prompts that this library knows.
   *
   * @throws InvalidInputException if one has no known prompt, or none is there
   */
  static List<ManifestEntry> singleObject(Path folder) {
    Map<String, ManifestEntry> known = new HashMap<>();
    knownPrompts().forEach(entry -> known.put(entry.name(), entry));
    List<ManifestEntry> chosen = new ArrayList<>();
    List<String> several = new ArrayList<>();
    for (String sequence : sequences(folder)) {
      Path annotations = folder.resolve(masks(sequence));
      if (!Files.isDirectory(annotations)) {
        throw new InvalidInputException(
            "clip '" + sequence + "' has no mask: '" + annotations + "' does not exist");
      }
      if (colours(firstFrame(annotations)) > 1) {
        several.add(sequence);
        continue;
      }
      ManifestEntry entry = known.get(sequence);
      if (entry == null) {
        throw new InvalidInputException(
            "clip '"
                + sequence
                + "' is no sequence of DAVIS-2016, so its prompt is not known: list the clips with"
                + " prompt and words in '"
                + folder.resolve(Manifest.FILE)
                + "'");
      }
      chosen.add(entry);
    }
    if (!several.isEmpty()) {
      LOG.log(
          System.Logger.Level.INFO,
          "left out, having several objects: {0}",
          String.join(", ", several));
    }
    if (chosen.isEmpty()) {
      throw new InvalidInputException(
          "dataset '" + folder + "' has no sequence with one object, expected at least one");
    }
    return chosen;
  }

  /** Returns the prompts of the sequences of DAVIS-2016. */
  static List<ManifestEntry> knownPrompts() {
    try (InputStream in = DavisSequences.class.getResourceAsStream(PROMPTS)) {
      if (in == null) {
        throw new IllegalStateException("this build of freemask does not hold " + PROMPTS);
      }
      String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Manifest.parse(PROMPTS, json, true);
    } catch (IOException e) {
      throw new IllegalStateException("this build of freemask does not hold " + PROMPTS, e);
    }
  }

  /**
   * Checks that the annotations of a sequence number one object.
   *
   * @throws InvalidInputException if there are several
   */
  static void requireOneObject(String sequence, Clip annotations) {
    int objects = colours(annotations);
    if (objects > 1) {
      throw new InvalidInputException(
          "clip '" + sequence + "': its annotations number " + objects + " objects, expected one");
    }
  }

  private static List<String> sequences(Path folder) {
    try (Stream<Path> entries = Files.list(folder.resolve(FRAMES))) {
      return entries
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new InvalidInputException("cannot read '" + folder.resolve(FRAMES) + "': " + e, e);
    }
  }

  private static Clip firstFrame(Path annotations) {
    return FrameSource.open(annotations).read(FrameRange.of(0, 1, 1));
  }

  /** Returns the number of different colours, black left out. */
  private static int colours(Clip annotations) {
    TreeSet<Integer> colours = new TreeSet<>();
    for (byte[] frame : annotations.frames()) {
      int last = 0;
      for (int i = 0; i < frame.length; i += 3) {
        int colour = (frame[i] & 0xff) << 16 | (frame[i + 1] & 0xff) << 8 | (frame[i + 2] & 0xff);
        if (colour != 0 && colour != last) {
          colours.add(colour);
          last = colour;
        }
      }
    }
    return colours.size();
  }
}
