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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The layout of DAVIS (Densely Annotated Video Segmentation): {@code JPEGImages/480p/SEQUENCE} and
 * {@code Annotations/480p/SEQUENCE}, one annotation for each frame. Each object of an annotation
 * has a colour of its own; what is black, or nearly, is background.
 */
final class DavisSequences {

  private static final System.Logger LOG = System.getLogger(DavisSequences.class.getName());
  private static final String FRAMES = "JPEGImages/480p/";
  private static final String MASKS = "Annotations/480p/";
  private static final String PROMPTS = "davis-2016.json";

  private static final int GREY = 0xffffff;

  /** Pixels whose largest channel is not over this are background. */
  private static final int HALF = 127;

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
      if (objects(firstFrame(annotations)) > 1) {
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
    int objects = objects(annotations);
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

  /**
   * Returns the number of objects by their colours. Grey, however bright, is one: annotations of
   * 2016 are white on black, those of 2017 number objects by colours of a palette.
   */
  private static int objects(Clip annotations) {
    Set<Integer> colours = new HashSet<>();
    for (byte[] frame : annotations.frames()) {
      int last = 0;
      for (int i = 0; i < frame.length; i += 3) {
        int red = frame[i] & 0xff;
        int green = frame[i + 1] & 0xff;
        int blue = frame[i + 2] & 0xff;
        int colour = red == green && green == blue ? GREY : red << 16 | green << 8 | blue;
        if (colour != last && Math.max(red, Math.max(green, blue)) > HALF) {
          colours.add(colour);
          last = colour;
        }
      }
    }
    return colours.size();
  }
}
