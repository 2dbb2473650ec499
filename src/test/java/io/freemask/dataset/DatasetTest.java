package io.freemask.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetTest {

  private static final FrameSize SIZE = new FrameSize(12, 8);

  @TempDir private Path folder;

  /** Writes frames whose left part, as wide as the frame's number says, has a colour. */
  private static void write(Path path, int frames, int... colours) throws IOException {
    Files.createDirectories(path.getParent());
    List<byte[]> pictures = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] rgb = new byte[(int) SIZE.pixels() * 3];
      for (int i = 0; i < SIZE.pixels(); i++) {
        int x = i % SIZE.width();
        if (x <= f + 1) {
          int colour = colours[Math.min(x, colours.length - 1)];
          rgb[3 * i] = (byte) (colour >> 16);
          rgb[3 * i + 1] = (byte) (colour >> 8);
          rgb[3 * i + 2] = (byte) colour;
        }
      }
      pictures.add(rgb);
    }
    FrameSink.write(path, new Clip(SIZE, FrameRate.of(8), pictures), true);
  }

  private void davis(String sequence, int... colours) throws IOException {
    write(folder.resolve("JPEGImages/480p").resolve(sequence), 4, 0x808080);
    write(folder.resolve("Annotations/480p").resolve(sequence), 4, colours);
  }

  private void manifest(String json) throws IOException {
    Files.writeString(folder.resolve("manifest.json"), json);
  }

  private Dataset open() {
    return Dataset.parse(folder.toString(), 3, null);
  }

  private void refuses(String... parts) {
    assertThatThrownBy(
            () -> {
              Dataset dataset = open();
              for (int i = 0; i < dataset.size(); i++) {
                dataset.load(i);
              }
            })
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aManifestNamesFramesMasksPromptAndWords() throws IOException {
    write(folder.resolve("a/frames"), 5, 0xffffff);
    write(folder.resolve("a/masks"), 5, 0xff0000);
    manifest(
        """
        {"clips": [{"name": "a bear", "frames": "a/frames", "masks": "a/masks",
                    "prompt": "a brown bear", "words": ["brown", "bear"]},
                   {"frames": "a/frames", "masks": "a/masks",
                    "prompt": "a bear and a dog", "objects": [["bear"], ["dog"]]}]}
        """);
    Dataset dataset = open();
    assertThat(dataset.size()).isEqualTo(2);
    assertThat(dataset.name(1)).isEqualTo("a/frames");
    LabeledClip clip = dataset.load(0);
    assertThat(clip.name()).isEqualTo("a bear");
    assertThat(clip.prompt()).isEqualTo("a brown bear");
    assertThat(clip.objects()).containsExactly(List.of("brown", "bear"));
    assertThat(clip.clip().frameCount()).as("the first frames").isEqualTo(3);
    float[] expected = new float[3 * 8 * 12];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = i % 12 <= i / 96 + 1 ? 1 : 0;
    }
    assertThat(clip.mask()).isEqualTo(Mask.of(3, 8, 12, expected));
    assertThat(dataset.load(1).objects()).containsExactly(List.of("bear"), List.of("dog"));
    assertThat(Dataset.parse(folder.toString(), 99, null).load(0).clip().frameCount()).isEqualTo(5);
  }

  @Test
  void hashesFollowTheContent() throws IOException {
    write(folder.resolve("frames"), 3, 0xffffff);
    write(folder.resolve("masks"), 3, 0xffffff);
    String json =
        "{\"clips\": [{\"frames\": \"frames\", \"masks\": \"masks\", \"prompt\": \"a bear\","
            + " \"words\": [\"bear\"]}]}";
    manifest(json);
    String hash = open().hash();
    assertThat(open().hash()).isEqualTo(hash).hasSize(64);
    manifest(json.replace("\"prompt\": \"a bear\"", "\"prompt\": \"one bear\""));
    assertThat(open().hash()).isNotEqualTo(hash);
    manifest(json);
    write(folder.resolve("frames"), 3, 0xfffffe);
    assertThat(open().hash()).isNotEqualTo(hash);
    write(folder.resolve("frames"), 3, 0xffffff);
    assertThat(open().hash()).isEqualTo(hash);
    write(folder.resolve("masks"), 3, 0xffffff, 0);
    assertThat(open().hash()).isNotEqualTo(hash);
  }

  @Test
  void davisSequencesWithOneObjectAreChosen() throws IOException {
    // An edge between white and black may be grey.
    davis("bear", 0xffffff, 0xffffff, 0xa0a0a0);
    davis("dog", 0x800000);
    davis("camel", 0x800000, 0x008000);
    Dataset dataset = open();
    assertThat(dataset.size()).isEqualTo(2);
    LabeledClip bear = dataset.load(0);
    assertThat(bear.name()).isEqualTo("bear");
    assertThat(bear.prompt()).contains("bear");
    assertThat(bear.objects()).containsExactly(List.of("bear"));
    // Half as bright as white, and still an object's number.
    assertThat(dataset.load(1).mask()).isEqualTo(bear.mask());
  }

  @Test
  void aManifestWinsOverTheKnownPromptsOfDavis() throws IOException {
    davis("bear", 0xffffff);
    davis("mine", 0xffffff);
    refuses("'mine'", "manifest.json");
    manifest("{\"clips\": [{\"name\": \"mine\", \"prompt\": \"a cat\", \"words\": [\"cat\"]}]}");
    Dataset dataset = open();
    assertThat(dataset.size()).isEqualTo(1);
    assertThat(dataset.load(0).prompt()).isEqualTo("a cat");
    davis("mine", 0xffffff, 0x800000);
    refuses("clip 'mine'", "2 objects");
  }

  @Test
  void davisWithoutASequenceOrAnnotationIsRefused() throws IOException {
    davis("camel", 0x800000, 0x008000);
    refuses("no sequence with one object");
    write(folder.resolve("JPEGImages/480p/bear"), 4, 0x808080);
    refuses("clip 'bear' has no mask", "Annotations");
  }

  @Test
  void theKnownPromptsHoldTheirWords() {
    List<ManifestEntry> known = DavisSequences.knownPrompts();
    assertThat(known).hasSize(50);
    for (ManifestEntry entry : known) {
      List<String> words = List.of(entry.prompt().split(" "));
      entry.objects().forEach(object -> assertThat(words).as(entry.name()).containsAll(object));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{\"clips\": []}` | clips is []",
        "`{}` | clips is missing",
        "`{\"clips\": [{\"frames\": \"f\"}]}` | clips[0].words",
        "`{\"clips\": [{\"frames\": \"f\", \"words\": [\"a\"]}]}` | clips[0].masks is missing",
        "`{\"clips\": [{\"frames\": \"f\", \"masks\": \"m\", \"words\": [\"a\"]}]}`"
            + " | clips[0].prompt is missing",
        "`{\"clips\": [{\"frames\": \"f\", \"masks\": \"m\", \"words\": [\"a\"], \"prompt\": \"a\","
            + " \"x\": 1}]}` | unknown key clips[0].x",
        "`{\"clips\": [{\"frames\": \"f\", \"masks\": \"m\", \"words\": [\"a\"], \"prompt\": \"a\"},"
            + " {\"frames\": \"f\", \"masks\": \"m\", \"words\": [\"a\"], \"prompt\": \"a\"}]}`"
            + " | the name 'f' twice",
        "`{\"clips\": [{\"frames\": \"f\", \"masks\": \"m\", \"words\": [\"a\"], \"prompt\": \"a\"}]}`"
            + " | clip 'f' has no frames",
        "`{\"clips\": [` | not valid JSON"
      })
  void aWrongManifestIsNamed(String json, String message) throws IOException {
    manifest(json);
    refuses(message);
  }

  @Test
  void aFolderOfNeitherKindIsRefused() {
    refuses("neither manifest.json nor the layout of DAVIS-2016");
    assertThatThrownBy(() -> Dataset.parse(folder.resolve("none").toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is no folder");
  }

  @Test
  void renderedScenesAreTheStreamsFirst() {
    Dataset few = Dataset.parse("shapeworld:2", 2, new FrameSize(48, 32));
    Dataset more = Dataset.parse("shapeworld:3", 2, new FrameSize(48, 32));
    assertThat(few.size()).isEqualTo(2);
    assertThat(Dataset.parse("shapeworld").size()).isEqualTo(32);
    assertThat(few.load(1).hash()).isEqualTo(more.load(1).hash());
    assertThat(few.hash()).isNotEqualTo(more.hash());
    LabeledClip clip = more.load(2);
    assertThat(clip.clip().size()).isEqualTo(new FrameSize(48, 32));
    assertThat(clip.clip().frameCount()).isEqualTo(2);
    assertThat(List.of(clip.prompt().split(" "))).containsAll(clip.objects().get(0));
    assertThat(Dataset.parse("shapeworld:2:5", 2, new FrameSize(48, 32)).hash())
        .isNotEqualTo(few.hash());
  }

  @ParameterizedTest
  @ValueSource(strings = {"shapeworld:0", "shapeworld:", "shapeworld:2:", "shapeworld:two"})
  void aWrongNumberOfScenesIsNamed(String spec) {
    assertThatThrownBy(() -> Dataset.parse(spec))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(spec, "shapeworld[:count[:seed]]");
  }
}
